//! Puts an app together. [`build`](AppBuilder::build) is the only step that can fail.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::{App, Config, Gauges, Inner, promises};
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
        match TypedResource::<R>::new() {
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
    pub async fn build(self) -> Result<App, BuildError> {
        let problems = self.problems();
        let (true, Some(store)) = (problems.is_empty(), self.store) else {
            return Err(BuildError::of(problems));
        };
        let opened = store.open(&self.registry.schemas()).await;
        let opened = opened.map_err(BuildError::of_store)?;
        promises::tell(store.caps(), &opened);
        Ok(App(Arc::new(Inner {
            registry: self.registry,
            store,
            opened,
            config: self.config,
            states: self.states,
            origins: self.origins,
            locks: Default::default(),
            operations: Default::default(),
            gauges: Gauges::default(),
            drain: Default::default(),
            cut: Default::default(),
            sessions: Default::default(),
            carrier: Default::default(),
        })))
    }
}

impl AppBuilder {
    /// Everything that is wrong, as far as that can be told without the store.
    fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.extend(self.registry.problems());
        problems.extend(self.config.problems());
        if self.store.is_none() {
            let message = "an app needs one: `.store(Memory::new())`";
            problems.push(Problem::of("store", message));
        }
        problems
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
