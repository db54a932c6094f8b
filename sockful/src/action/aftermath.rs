//! What follows a call once it is done: hooks that run apart from its answer.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
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

/// Starts the hooks that follow, if any do. Waits only while too many of the same caller still run.
#[inline]
pub(super) fn follow<'a>(
    call: Allowed<'a, '_>,
    changes: Vec<Change>,
    aftermath: Aftermath,
) -> Option<BoxFuture<'a, ()>> {
    // Nearly every call that changes nothing ends here.
    if changes.is_empty() && aftermath.is_empty() {
        return None;
    }
    start(call, changes, aftermath)
}

fn start<'a>(
    call: Allowed<'a, '_>,
    mut changes: Vec<Change>,
    aftermath: Aftermath,
) -> Option<BoxFuture<'a, ()>> {
    let app = call.app;
    changes.retain(|change| hooks_of(app, change.schema.name).is_some_and(|it| it.follow(change)));
    if changes.is_empty() && aftermath.is_empty() {
        return None;
    }
    let cx = call.cx.afterwards();
    Some(Box::pin(async move {
        if call.cx.is_afterwards() {
            // A hook that follows another call waits for it, so that it needs no place of its own.
            run(&cx, &changes, &aftermath).await;
            return;
        }
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
    }))
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
