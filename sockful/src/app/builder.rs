//! Puts an app together. [`build`](AppBuilder::build) is the only step that can fail.

mod hooks;
mod policies;
mod problems;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::clock::Clock;
use super::{App, Config, Gauges, Inner, promises};
use crate::action::Service;
use crate::cx::Cx;
use crate::error::Result;
use crate::hooks::{Chain, SessionHooks};
use crate::identity::{Authenticator, Handshake, Identity, Loader, Login, Proxies, UserKeys};
use crate::limits::Limits;
use crate::live::Live;
use crate::meters::Meters;
use crate::resource::{Record, Registry, Resource, TypedResource};
use crate::schema::Problem;
use crate::store::{Store, StoreError};

/// The parts of an app, named one by one. Made by [`App::builder`].
#[derive(Default)]
#[must_use = "an app is made by `.build().await`"]
pub struct AppBuilder {
    registry: Registry,
    store: Option<Box<dyn Store>>,
    config: Config,
    states: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    origins: Vec<String>,
    clock: Clock,
    identity: Identity,
    hooks: Chain,
    session_hooks: SessionHooks,
    problems: Vec<Problem>,
}

impl AppBuilder {
    /// Where records live. Every app needs a store.
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Adds a resource.
    pub fn resource<R: Resource + Record>(mut self) -> Self {
        match TypedResource::<R>::new(self.registry.len()) {
            Ok(resource) => {
                if self.registry.add(Box::new(resource)).is_err() {
                    let message = "another resource of this app has the same name; \
                        write `#[resource(name = \"..\")]` on one of them";
                    self.problems.push(Problem::of(R::FACTS.name, message));
                }
            }
            Err(problems) => self.problems.extend(problems),
        }
        self
    }

    /// Gives the app a value that methods reach by [`Cx::state`](crate::Cx::state): a pool, a mailer.
    /// One of each type; the last wins.
    pub fn state<T: Send + Sync + 'static>(mut self, state: T) -> Self {
        self.states.insert(TypeId::of::<T>(), Box::new(state));
        self
    }

    /// Says who a client is: by its cookies, headers, query, address, or the `auth` payload of Socket.IO. `None` is
    /// nobody, who may still do what is `public`; an error refuses the connection, and is told to the client as the
    /// message of its `connect_error`, in JSON. Without an authenticator every client is nobody.
    ///
    /// It runs before a client is connected, and again when a connected one sends a new token, each time for at most
    /// [`Config::identity_timeout`]. A panic is told as a failure of the server.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use sockful::prelude::*;
    /// # use sockful::{Handshake, Login};
    /// # struct Tokens;
    /// # impl Tokens { async fn find(&self, _: &str) -> Result<Option<Login>> { Ok(None) } }
    /// #[derive(Deserialize)]
    /// struct Auth {
    ///     token: Option<String>,
    /// }
    ///
    /// let app = App::builder()
    ///     .state(Tokens)
    ///     .authenticate(async |h: Handshake| -> Result<Option<Login>> {
    ///         let Some(token) = h.auth::<Auth>()?.token else {
    ///             return Ok(None);
    ///         };
    ///         let login = h.state::<Tokens>().find(&token).await?;
    ///         let refused = || Error::not_authenticated("this token is unknown").reason("bad_token");
    ///         login.map(Some).ok_or_else(refused)
    ///     });
    /// ```
    ///
    /// An async closure captures nothing: reach a pool by [`state`](Self::state), or write
    /// `move |h| { let pool = pool.clone(); async move { .. } }`.
    pub fn authenticate<F, Fut>(mut self, authenticate: F) -> Self
    where
        F: Fn(Handshake) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Login>>> + Send + 'static,
    {
        self.identity.authenticator = Some(Authenticator::new(authenticate));
        self
    }

    /// Loads the facts of a user by its key: whatever policies and methods want to know, as
    /// [`Cx::user`]. `None` refuses the calls of this user, `user_refused`, also of those who are connected.
    ///
    /// Facts are loaded before the first call of a user, shared by all its sessions, and kept until the last one has
    /// gone, they are stale, see [`refresh`](Self::refresh) and [`App::reauthorise`], or older than
    /// [`Config::facts_max_age`]. However many calls wait, one load
    /// runs at a time, for at most [`Config::identity_timeout`]. Where it fails the calls of the user are answered
    /// `user_unavailable`: nobody is ever taken for somebody else, or for nobody.
    ///
    /// The loader acts for the application itself. It may not ask for the facts of a user, as [`App::on_behalf_of`] does.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// # use sockful::prelude::*;
    /// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    /// #[resource(access = authenticated)]
    /// struct Account {
    ///     id: Id<Account>,
    ///     name: String,
    ///     disabled: bool,
    /// }
    ///
    /// let app = App::builder()
    ///     .resource::<Account>()
    ///     .user(async |cx: Cx, key: String| -> Result<Option<Account>> {
    ///         let account = cx.get::<Account>(&key.parse().map_err(Error::internal)?).await?;
    ///         Ok((!account.disabled).then_some(account))
    ///     })
    ///     .refresh::<Account>(|account| &account.id);
    /// ```
    pub fn user<U, F, Fut>(mut self, load: F) -> Self
    where
        U: Send + Sync + 'static,
        F: Fn(Cx, String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<U>>> + Send + 'static,
    {
        self.identity.loader = Some(Loader::new(load));
        self
    }

    /// A change of an `R` makes the facts of a user stale: of the one it points to, before or after the change. They are
    /// loaded anew before the next call of this user is decided about. This is so before the change is acknowledged.
    ///
    /// Of changes that this app makes. Those of other nodes on the same store are not seen yet: they are believed after
    /// [`Config::facts_max_age`] at the latest.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// # use sockful::prelude::*;
    /// # struct Facts;
    /// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    /// #[resource(access = authenticated)]
    /// struct Member {
    ///     id: Id<Member>,
    ///     user_id: String,
    ///     team: String,
    /// }
    ///
    /// let app = App::builder()
    ///     .resource::<Member>()
    ///     .user(async |_cx: Cx, _key: String| -> Result<Option<Facts>> { Ok(Some(Facts)) })
    ///     .refresh::<Member>(|member| &member.user_id);
    /// ```
    pub fn refresh<R: Resource + Record>(
        mut self,
        users: impl Send + Sync + 'static + Fn(&R) -> &dyn UserKeys,
    ) -> Self {
        self.identity.refreshers.add(users);
        self
    }

    /// Tells the app what time it is, for fields marked `created_at` and `updated_at`: in tests, where a paused clock of tokio
    /// does not stop the time of day. Otherwise it asks the system. Deadlines and logins go by the system's clocks.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// Sets the limits.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Lets browser pages of another origin connect, such as `https://app.example.com`.
    ///
    /// Pages of the server's own host always may, and so do clients that are no browsers. In debug builds
    /// any page on this machine may connect to a server on this machine.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        let host = origin.split_once("://").map(|(_, host)| host);
        if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
            let message = format!("`{origin}` is no origin: write `https://app.example.com`");
            self.problems.push(Problem::of("allow_origin", message));
        }
        self.origins.push(origin);
        self
    }

    /// What [`build`](Self::build) would do to what is stored, without doing it: statements of the store, one each;
    /// none if nothing. Printed by a test or a command of your own it can be read before it happens.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// # use sockful::prelude::*;
    /// # #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    /// # #[resource(access = public)]
    /// # struct Note { id: String, text: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = App::builder().store(Sqlite::in_memory()?).resource::<Note>();
    /// let plan = app.migration_plan().await?;
    /// assert!(plan.iter().any(|statement| statement.starts_with("CREATE TABLE \"note\"")));
    /// let app = app.build().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build): every reason why this could not be done.
    pub async fn migration_plan(&self) -> Result<Vec<String>, BuildError> {
        let problems = self.problems();
        let (true, Some(store)) = (problems.is_empty(), &self.store) else {
            return Err(BuildError::of(problems));
        };
        let plan = store.plan(&self.registry.schemas()).await;
        plan.map_err(BuildError::of_store)
    }

    /// Checks everything, opens the store, and answers the app.
    ///
    /// # Errors
    /// Every mistake at once, each naming its resource and field.
    pub async fn build(mut self) -> Result<App, BuildError> {
        let problems = self.problems();
        let proxies = Proxies::parse(&self.config.trusted_proxies);
        self.identity.proxies = proxies.unwrap_or_default();
        let (true, Some(store)) = (problems.is_empty(), self.store) else {
            return Err(BuildError::of(problems));
        };
        self.registry.relate().map_err(BuildError::of)?;
        let anonymous = policies::anonymous(&self.registry).map_err(BuildError::of)?;
        let opened = store.open(&self.registry.schemas()).await;
        let opened = opened.map_err(BuildError::of_store)?;
        promises::tell(store.caps(), &opened);
        let limits = Limits::new(&self.config);
        let meters = Meters::new(&self.registry, &Service::NAMES);
        let live = Live::new(&self.config, store.caps(), Arc::clone(&opened.epoch));
        let app = App(Arc::new(Inner {
            registry: self.registry,
            store,
            opened,
            config: self.config,
            states: self.states,
            origins: self.origins,
            clock: self.clock,
            identity: self.identity,
            anonymous,
            hooks: self.hooks,
            session_hooks: self.session_hooks,
            locks: Default::default(),
            operations: Default::default(),
            gauges: Gauges::default(),
            limits,
            meters,
            live,
            drain: Default::default(),
            cut: Default::default(),
            sessions: Default::default(),
            carrier: Default::default(),
        }));
        app.live().begin(&app);
        Ok(app)
    }
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppBuilder")
            .field("resources", &self.registry)
            .field("config", &self.config)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

/// Why an app cannot be built: every reason at once.
#[derive(Debug)]
pub struct BuildError {
    problems: Vec<Problem>,
    store: Option<StoreError>,
}

impl BuildError {
    fn of(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            store: None,
        }
    }

    fn of_store(error: StoreError) -> Self {
        Self {
            problems: Vec::new(),
            store: Some(error),
        }
    }

    /// Each reason, such as ``creature.name: …``.
    pub fn problems(&self) -> impl Iterator<Item = String> {
        let store = self.store.iter().flat_map(|error| match error {
            StoreError::Unfit(reasons) => reasons.clone(),
            error => vec![error.to_string()],
        });
        let store = store.map(|reason| format!("store: {reason}"));
        self.problems.iter().map(ToString::to_string).chain(store)
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the app cannot be built:")?;
        self.problems()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.store.as_ref().map(|error| error as _)
    }
}
