//! The running whole: resources, store and limits, behind a handle that is cheap to clone.

mod builder;
mod clock;
mod config;
mod load;
mod promises;
mod weak;

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use builder::{AppBuilder, BuildError};
use clock::Clock;
pub use config::Config;
pub(crate) use load::Gauges;
pub use load::Load;
pub use promises::Promise;
pub(crate) use weak::WeakApp;

use crate::action::{Locks, Turns};
use crate::cx::Cx;
use crate::error::Result;
use crate::hooks::{Chain, SessionHooks};
use crate::identity::{self, Caller, Head, Identity, Login};
use crate::limits::Limits;
use crate::live::{Live, Resume};
use crate::meters::Meters;
use crate::policy::Rulebook;
use crate::resource::Registry;
use crate::schema::Schema;
use crate::session::{Opening, Outlet, Session};
use crate::store::{Opened, Store};
use crate::transport::{Carrier, Peer};

/// A built app: mount it on an axum server with [`router`](App::router), use it from Rust with [`system`](App::system).
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use sockful::prelude::*;
///
/// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
/// #[resource(access = public)]
/// struct Creature {
///     id: String,
///     name: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::builder().store(Memory::new()).resource::<Creature>().build().await?;
/// let router: axum::Router = axum::Router::new().merge(app.router());
/// # drop(router);
///
/// let cx = app.system();
/// cx.create(Creature { id: "bob".into(), name: "Bob".into() }).await?;
/// assert_eq!(cx.get::<Creature>(&"bob".into()).await?.name, "Bob");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    registry: Registry,
    store: Box<dyn Store>,
    opened: Opened,
    config: Config,
    states: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    origins: Vec<String>,
    clock: Clock,
    identity: Identity,
    /// What the policies say to callers who have not logged in.
    anonymous: Rulebook,
    hooks: Chain,
    session_hooks: SessionHooks,
    locks: Locks,
    operations: Turns,
    gauges: Gauges,
    limits: Limits,
    meters: Meters,
    live: Arc<Live>,
    /// Cancelled when the app shuts down.
    drain: CancellationToken,
    /// Cancelled when that has taken too long.
    cut: CancellationToken,
    sessions: TaskTracker,
    carrier: Carrier,
}

impl App {
    /// Begins an app.
    pub fn builder() -> AppBuilder {
        AppBuilder::default()
    }

    /// The typed API on behalf of the application itself, outside requests. Each write commits by itself.
    ///
    /// Within a remote method use [`Cx::system`] of its own context: this one is a caller of its own, and what it
    /// writes is committed whatever becomes of the method: also once more, where the method runs again. It cannot
    /// change the method's own record: that is an Internal error at once.
    #[must_use]
    pub fn system(&self) -> Cx {
        Cx::anew(self.clone(), Caller::System)
    }

    /// The typed API on behalf of the user with this key: for an HTTP route of your own, or a job. Each write
    /// commits by itself. Nobody is authenticated here: whoever calls this has made sure who is asking. The facts of the user
    /// are loaded, now and wherever they have become stale before a call.
    ///
    /// # Errors
    /// NotAuthenticated `user_refused`; Unavailable `user_unavailable`, if the facts cannot be loaded; Internal for what
    /// cannot be the key of a user.
    pub async fn on_behalf_of(&self, user: &str) -> Result<Cx> {
        let caller = identity::login(self, &Login::new(user))?;
        let mut cx = Cx::anew(self.clone(), caller);
        cx.learn_user().await?;
        Ok(cx)
    }

    /// Makes the facts of a user stale: they are loaded anew before the next call of this user is decided about. For
    /// what no [`refresh`](AppBuilder::refresh) sees, such as a change made by another program.
    ///
    /// On this node: those of clients elsewhere on the same store are loaded anew after [`Config::facts_max_age`] at the
    /// latest.
    pub fn reauthorise(&self, user: &str) {
        self.0.identity.reauthorise(user);
    }

    /// Ends every session of a user, whatever it is doing, and forgets the facts. No call of theirs begins once this
    /// returns. Clients are told the reason `revoked`; stock clients connect again by themselves and are authenticated
    /// anew, so have the authenticator refuse first what shall not come back.
    ///
    /// On this node: clients of other nodes are not reached yet, so have each of them do it.
    pub fn revoke(&self, user: &str) {
        self.0.identity.users.revoke(user);
    }

    /// The limits the app was built with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// What the app offers, resource by resource: fields, remote methods, the types they use.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.0.registry.iter().map(|resource| &**resource.schema())
    }

    /// What the app was given by [`AppBuilder::state`].
    ///
    /// # Panics
    /// If the app was given no `T`: a mistake of the program.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(&self) -> &T {
        let state = self
            .0
            .states
            .get(&TypeId::of::<T>())
            .and_then(|state| state.downcast_ref());
        match state {
            Some(state) => state,
            None => panic!(
                "the app has no `{}`: give it by `.state(..)`",
                type_name::<T>()
            ),
        }
    }

    /// What depends on the store, and whether it holds. [`build`](AppBuilder::build) writes the same into the log.
    ///
    /// ```
    /// # use sockful::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), sockful::BuildError> {
    /// let app = App::builder().store(Memory::new()).build().await?;
    /// let durable = app.promises().find(|promise| promise.name == "durable").unwrap();
    /// assert!(!durable.holds);
    /// assert_eq!(durable.means, "what is acknowledged is gone when this process ends");
    /// # Ok(())
    /// # }
    /// ```
    pub fn promises(&self) -> impl Iterator<Item = Promise> {
        promises::promises(self.0.store.caps()).into_iter()
    }

    /// What the app is busy with at this moment.
    #[must_use]
    pub fn load(&self) -> Load {
        let Gauges {
            sessions,
            calls,
            following,
        } = &self.0.gauges;
        let Identity {
            handshakes, users, ..
        } = &self.0.identity;
        let (groups, members) = self.0.live.len();
        Load {
            handshakes: handshakes.get(),
            users: users.len(),
            sessions: sessions.get(),
            calls: calls.get(),
            records: self.0.locks.len(),
            operations: self.0.operations.len(),
            following: following.get(),
            groups,
            members,
        }
    }

    /// Ends every session: what runs is answered, what waits is refused, clients are told and let go.
    ///
    /// Returns when all are gone, or after [`Config::shutdown_grace`] and two seconds. [`serve`](crate::serve())
    /// does this by itself, within its own grace.
    pub async fn shutdown(&self) {
        let farewell = Duration::from_secs(2);
        self.end(self.0.config.shutdown_grace, farewell).await;
    }

    /// Shuts down when the server of this peer does, and keeps it waiting until that is done.
    pub(crate) fn follow(&self, peer: &Peer) {
        let Some(tracked) = peer.drain.track_once(self) else {
            return;
        };
        let (app, drain) = (self.clone(), peer.drain.clone());
        tokio::spawn(async move {
            drain.token.cancelled().await;
            let left = drain.left();
            // Whoever is cut off is told before the server stops waiting.
            let farewell = (left / 5).min(Duration::from_secs(1));
            app.end(left - farewell, farewell).await;
            drop(tracked);
        });
    }

    /// Ends every session: within `grace` what runs is answered, within `farewell` the rest is told and closed.
    async fn end(&self, grace: Duration, farewell: Duration) {
        self.0.drain.cancel();
        self.0.sessions.close();
        if timeout(grace, self.0.sessions.wait()).await.is_err() {
            tracing::warn!("some sessions did not end in time and are cut off");
            self.0.cut.cancel();
        }
        let closed = async {
            self.0.sessions.wait().await;
            self.0.carrier.close().await;
        };
        // Closing a connection whose peer does not read may take for ever.
        let _ = timeout(farewell, closed).await;
    }

    /// Until the app shuts down.
    pub(crate) async fn draining(&self) {
        self.0.drain.cancelled().await;
    }

    /// Whether both are handles of one app.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// What the store said when it was opened.
    pub(crate) fn opened(&self) -> &Opened {
        &self.0.opened
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn locks(&self) -> &Locks {
        &self.0.locks
    }

    pub(crate) fn operations(&self) -> &Turns {
        &self.0.operations
    }

    pub(crate) fn gauges(&self) -> &Gauges {
        &self.0.gauges
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Who is told of changes.
    pub(crate) fn live(&self) -> &Arc<Live> {
        &self.0.live
    }

    /// Cancelled when the app shuts down.
    pub(crate) fn drain(&self) -> CancellationToken {
        self.0.drain.clone()
    }

    pub(crate) fn meters(&self) -> &Meters {
        &self.0.meters
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// What the policies say to callers who have not logged in.
    pub(crate) fn anonymous(&self) -> &Rulebook {
        &self.0.anonymous
    }

    /// The hooks of the app.
    pub(crate) fn hooks(&self) -> &Chain {
        &self.0.hooks
    }

    /// The hooks of its sessions.
    pub(crate) fn session_hooks(&self) -> &SessionHooks {
        &self.0.session_hooks
    }

    /// Lets something run on its own, until it is done or the app is shut down.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cut = self.0.cut.clone();
        self.0.sessions.spawn(async move {
            tokio::select! {
                biased;
                () = cut.cancelled() => {}
                () = task => {}
            }
        });
    }

    pub(crate) fn origins(&self) -> &[String] {
        &self.0.origins
    }

    pub(crate) fn carrier(&self) -> &Carrier {
        &self.0.carrier
    }

    /// Opens a session that ends when the app shuts down.
    ///
    /// # Errors
    /// TooManyRequests `too_many_sessions`.
    pub(crate) fn open(
        &self,
        caller: Caller,
        head: Arc<Head>,
        resume: Option<Resume>,
        outlet: impl Outlet,
    ) -> Result<Session> {
        let seat = self
            .0
            .limits
            .session(&caller, head.address, &self.0.meters)?;
        let opening = Opening {
            app: self.clone(),
            caller,
            head,
            seat,
            drain: self.0.drain.clone(),
            cut: self.0.cut.clone(),
            resume,
        };
        Ok(Session::open(opening, outlet, &self.0.sessions))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("resources", &self.0.registry)
            .field("load", &self.load())
            .finish_non_exhaustive()
    }
}
