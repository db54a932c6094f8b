//! The facts of a user: loaded once, shared by everybody who acts for the user, and loaded anew when they are stale or old.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::{self, Instant};

use super::User;
use crate::app::App;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::policy::Rulebook;

/// What an app knows of a user, and what follows from it.
pub(crate) struct Facts {
    /// What the loader has answered.
    user: Box<dyn Any + Send + Sync>,
    /// What the policies of the app say to this user.
    rules: Rulebook,
}

type Load = dyn Fn(Cx, String) -> BoxFuture<'static, Result<Option<Box<dyn Any + Send + Sync>>>>
    + Send
    + Sync;

/// Loads the facts of users.
pub(crate) struct Loader {
    load: Box<Load>,
    type_id: TypeId,
    type_name: &'static str,
}

/// What is known of the facts of one user.
#[derive(Default)]
pub(crate) struct Known {
    /// How often what is known has become stale.
    version: u64,
    /// How often they were too old or could not be had, and were loaded anew.
    renewed: u64,
    /// Whether they could not be loaded when that was last tried.
    failed: bool,
    kept: Option<Kept>,
    /// The load that runs, as long as somebody waits for it.
    loading: Option<WeakShared<BoxFuture<'static, Loaded>>>,
}

/// What a loader has answered.
#[derive(Clone)]
enum Found {
    Facts(Arc<Facts>),
    /// The app wants no calls of this user.
    Refused,
}

/// The same, and when the loader was asked.
struct Kept {
    found: Found,
    asked: Instant,
}

/// What came of a load, and how often the facts had been stale when it began. Of a failure the log knows more.
#[derive(Clone)]
struct Loaded {
    version: u64,
    found: Option<Found>,
}

tokio::task_local! {
    /// Set while a loader runs.
    static LOADING: ();
}

impl Loader {
    pub(crate) fn new<U, F, Fut>(load: F) -> Self
    where
        U: Send + Sync + 'static,
        F: Fn(Cx, String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<U>>> + Send + 'static,
    {
        let load = move |cx, key| {
            let loaded = load(cx, key);
            async move {
                let user = loaded.await?;
                Ok(user.map(|user| Box::new(user) as Box<dyn Any + Send + Sync>))
            }
            .boxed()
        };
        Self {
            load: Box::new(load),
            type_id: TypeId::of::<U>(),
            type_name: type_name::<U>(),
        }
    }

    /// The type of the facts, if it is another one.
    pub(crate) fn is_not(&self, user: TypeId) -> Option<&'static str> {
        (self.type_id != user).then_some(self.type_name)
    }
}

impl Facts {
    /// What the loader has answered, if that is a `U`.
    pub(crate) fn user<U: 'static>(&self) -> Option<&U> {
        self.user.downcast_ref()
    }

    /// What the loader has answered, whatever its type.
    pub(crate) fn any(&self) -> &(dyn Any + Send + Sync) {
        &*self.user
    }

    /// What the policies of the app say to this user.
    pub(crate) fn rules(&self) -> &Rulebook {
        &self.rules
    }
}

impl User {
    /// The facts of this user; nothing where the app has no loader.
    ///
    /// Loads them unless they are known, and not too old. However many ask, one load runs at a time and all of them get what it found,
    /// unless it had begun before the facts became stale and the question after.
    ///
    /// # Errors
    /// NotAuthenticated `user_refused`; Unavailable `user_unavailable`, if the loader failed.
    pub(crate) async fn facts(self: &Arc<Self>, app: &App) -> Result<Option<Arc<Facts>>> {
        if app.identity().loader.is_none() {
            return Ok(None);
        }
        if LOADING.try_with(|()| ()).is_ok() {
            let message = "the loader of `.user(..)` has asked for the facts of a user, which would ask the loader: \
                it acts for the application itself";
            return Err(Error::internal(message));
        }
        let asked = self.known().version;
        loop {
            let load = match self.join(app) {
                Ok(found) => return found.facts(),
                Err(load) => load,
            };
            let Loaded { version, found } = load.await;
            if version >= asked {
                let message = "who you are cannot be looked up now";
                let unavailable = || Error::unavailable(message).reason("user_unavailable");
                return found.ok_or_else(unavailable)?.facts();
            }
        }
    }

    /// The facts, if they are known without waiting, and not too old.
    pub(crate) fn known_facts(&self, app: &App) -> Option<Arc<Facts>> {
        match self.known().found(app.config().facts_max_age) {
            Some(Found::Facts(facts)) => Some(Arc::clone(facts)),
            Some(Found::Refused) | None => None,
        }
    }

    /// Says that the facts may have changed: whoever asks from now on gets facts that were loaded from now on.
    pub(super) fn make_stale(&self) {
        let mut known = self.known();
        known.version += 1;
        // Dropped without the lock: it runs code of the user.
        let kept = known.kept.take();
        drop(known);
        drop(kept);
        self.doubt();
    }

    /// How often the facts have become others: stale, or too old and loaded anew.
    pub(crate) fn version(&self) -> u64 {
        let known = self.known();
        known.version + known.renewed
    }

    /// What is known, or the load that will tell.
    fn join(self: &Arc<Self>, app: &App) -> Result<Found, Shared<BoxFuture<'static, Loaded>>> {
        let mut known = self.known();
        if let Some(found) = known.found(app.config().facts_max_age) {
            return Ok(found.clone());
        }
        let running = known.loading.as_ref().and_then(WeakShared::upgrade);
        Err(running.unwrap_or_else(|| {
            let load = load(app.clone(), Arc::clone(self), known.version);
            let load = load.boxed().shared();
            known.loading = load.downgrade();
            load
        }))
    }

    // A panic while the lock is held can only be one of the allocator; what is known stays usable.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What is known, unless it is older than this: somebody may have changed what nobody here has seen.
    fn found(&self, max_age: Duration) -> Option<&Found> {
        let kept = self.kept.as_ref()?;
        (kept.asked.elapsed() < max_age).then_some(&kept.found)
    }
}

impl Found {
    fn facts(self) -> Result<Option<Arc<Facts>>> {
        match self {
            Self::Facts(facts) => Ok(Some(facts)),
            Self::Refused => {
                let message = "this user may not call now";
                Err(Error::not_authenticated(message).reason("user_refused"))
            }
        }
    }
}

/// Runs the loader, under its time limit, and keeps what it found unless that has become stale meanwhile.
async fn load(app: App, user: Arc<User>, version: u64) -> Loaded {
    let asked = Instant::now();
    let run = AssertUnwindSafe(async {
        let loader = app.identity().loader.as_ref();
        let loader = loader.ok_or_else(|| Error::internal("there is no loader"))?;
        let user = (loader.load)(app.system(), user.key().to_owned()).await?;
        let facts = user.map(|user| {
            let rules = app.registry().rulebook(Some(&*user))?;
            Ok(Arc::new(Facts { user, rules }))
        });
        facts.transpose()
    });
    let run = LOADING.scope((), run.catch_unwind());
    let loaded = match time::timeout(app.config().identity_timeout, run).await {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(panic)) => Err(Error::panicked(&*panic)),
        Err(_) => Err(Error::internal("the loader took too long")),
    };
    let found = match loaded {
        Ok(Some(facts)) => Some(Found::Facts(facts)),
        Ok(None) => Some(Found::Refused),
        Err(error) => {
            tracing::error!(
                user = user.key(),
                ?error,
                "the facts of a user could not be loaded"
            );
            None
        }
    };
    let mut known = user.known();
    let mut kept = None;
    if known.version == version {
        kept = found.clone().map(|found| Kept { found, asked });
        std::mem::swap(&mut known.kept, &mut kept);
    }
    let is_found = found.is_some();
    let is_renewed = is_found && (kept.is_some() || known.failed);
    known.failed = !is_found;
    known.renewed += u64::from(is_renewed);
    known.loading = None;
    drop(known);
    if is_renewed {
        // Others may act by what was believed before.
        user.renew();
    }
    // What was known before, without the lock.
    drop(kept);
    Loaded { version, found }
}

impl fmt::Debug for Loader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loader").field(&self.type_name).finish()
    }
}
