//! What follows a call once it is done: hooks that run apart from its answer.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time;

use super::hooks;
use super::step::Allowed;
use crate::app::App;
use crate::change::Change;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::hooks::{ErasedHooks, HookedCall, RemoteCall};
use crate::meters::Meters;
use crate::store::Transaction;

/// What was called within one transaction, and has hooks behind it. They run when the whole is committed.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    called: Vec<HookedCall>,
    /// Remote methods, each with the place of its resource.
    methods: Vec<(usize, RemoteCall)>,
}

impl Aftermath {
    /// Remembers a call that has done what it was asked.
    pub(super) fn called(&mut self, call: Allowed<'_, '_>) {
        let Some(chain) = hooks::chain(&call) else {
            return;
        };
        let called = hooks::hooked(&call);
        if chain.follows(called.resource, called.action) {
            self.called.push(called);
        }
    }

    /// Remembers a method that has run.
    pub(super) fn invoked(&mut self, resource: usize, method: RemoteCall) {
        self.methods.push((resource, method));
    }

    /// Adds what another call has left.
    pub(crate) fn extend(&mut self, other: Self) {
        self.called.extend(other.called);
        self.methods.extend(other.methods);
    }

    fn is_empty(&self) -> bool {
        self.called.is_empty() && self.methods.is_empty()
    }
}

/// Starts the hooks that follow a call that changes nothing, if any do. Waits only while too many of the same caller still run.
#[inline]
pub(super) fn follow<'a>(
    call: Allowed<'a, '_>,
    aftermath: Aftermath,
) -> Option<BoxFuture<'static, ()>> {
    // Nearly every such call ends here.
    if aftermath.is_empty() {
        return None;
    }
    let owed = Pledge::new(call, aftermath).owe(&[])?;
    Some(Box::pin(owed.start()))
}

/// That hooks may follow a call, whoever may have stopped waiting for it by then.
pub(super) struct Pledge {
    cx: Cx,
    aftermath: Aftermath,
    /// Whether the call is one of a hook that follows another.
    is_afterwards: bool,
}

impl Pledge {
    fn new(call: Allowed<'_, '_>, aftermath: Aftermath) -> Self {
        Self {
            cx: call.cx.afterwards(),
            aftermath,
            is_afterwards: call.cx.is_afterwards(),
        }
    }

    /// What may follow these writes; `None` where nothing can.
    pub(super) fn of(
        call: Allowed<'_, '_>,
        transaction: &Transaction,
        aftermath: Aftermath,
    ) -> Option<Self> {
        let mut writes = transaction.writes.iter();
        let is_hooked = writes.any(|write| hooks_of(call.app, write.schema.name).is_some());
        let may_follow = is_hooked || !aftermath.is_empty();
        may_follow.then(|| Self::new(call, aftermath))
    }

    /// What follows these changes; `None` if nothing does.
    pub(super) fn owe(self, changes: &[Change]) -> Option<Owed> {
        let app = self.cx.app();
        let changes = changes.iter();
        let changes: Vec<_> = changes
            .filter(|it| hooks_of(app, it.schema.name).is_some_and(|hooks| hooks.follow(it)))
            .cloned()
            .collect();
        let follows = !changes.is_empty() || !self.aftermath.is_empty();
        follows.then(|| Owed(Some((self, changes))))
    }
}

/// What follows a call that is done. It does so even if nobody says when: dropped, it starts.
pub(super) struct Owed(Option<(Pledge, Vec<Change>)>);

impl Owed {
    /// Starts it. Waits only while too many hooks of the same caller still run.
    pub(super) async fn start(mut self) {
        if let Some((pledge, changes)) = self.0.take() {
            start(pledge, changes).await;
        }
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some((pledge, changes)) = self.0.take()
            && Handle::try_current().is_ok()
        {
            let app = pledge.cx.app().clone();
            app.spawn(start(pledge, changes));
        }
    }
}

async fn start(pledge: Pledge, changes: Vec<Change>) {
    let Pledge {
        cx,
        aftermath,
        is_afterwards,
    } = pledge;
    if is_afterwards {
        // A hook that follows another call waits for it, so that it needs no place of its own.
        run(&cx, &changes, &aftermath).await;
        return;
    }
    let app = cx.app().clone();
    let free = app.limits().follow_now(&cx);
    let (begin, begun) = free.is_none().then(oneshot::channel::<()>).unzip();
    app.spawn(async move {
        // Here, since they run also when nobody waits for the answer any more.
        let followed = match free {
            Some(free) => Some(free),
            None => cx.app().limits().follow(&cx).await,
        };
        drop(begin);
        run(&cx, &changes, &aftermath).await;
        drop(followed);
    });
    if let Some(begun) = begun {
        let _ = begun.await;
    }
}

fn hooks_of<'a>(app: &'a App, resource: &str) -> Option<&'a dyn ErasedHooks> {
    let registry = app.registry();
    registry.at(registry.place(resource)?).hooks()
}

async fn run(cx: &Cx, changes: &[Change], aftermath: &Aftermath) {
    let app = cx.app();
    for change in changes {
        let resource = change.schema.name;
        if let Some(hooks) = hooks_of(app, resource) {
            follow_up(cx, resource, || Some(hooks.after(cx, change))).await;
        }
    }
    for (place, method) in &aftermath.methods {
        let resource = app.registry().at(*place);
        let hook = || resource.hooks()?.after_remote(cx, method);
        follow_up(cx, resource.schema().name, hook).await;
    }
    let cx = cx.in_hook_of_app();
    for called in &aftermath.called {
        for link in app.hooks().after(called) {
            follow_up(&cx, called.resource, || Some(link.run(&cx, called))).await;
        }
    }
}

/// Runs one hook apart from any answer, for no longer than the app allows, and tells the log if it fails. It is given this
/// context.
pub(crate) async fn follow_up<'a>(
    cx: &Cx,
    resource: &'static str,
    hook: impl FnOnce() -> Option<BoxFuture<'a, Result<()>>>,
) {
    let run = AssertUnwindSafe(async {
        match hook() {
            Some(hook) => hook.await,
            None => Ok(()),
        }
    });
    let run = cx.behind(run.catch_unwind());
    let done = match time::timeout(cx.app().config().hook_timeout, run).await {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => Err(Error::panicked(&*panic)),
        Err(_) => Err(Error::internal("the hook took too long")),
    };
    if let Err(error) = done {
        Meters::hook_failed(resource);
        tracing::error!(resource, ?error, "a hook that follows a call has failed");
    }
}
