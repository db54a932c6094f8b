//! The context of a call: who is calling, the app, and the typed API of its resources.

mod changeset;
mod context;
mod edited;
mod extensions;
mod hooked;
mod live;
mod relatives;
mod staged;

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;

pub use changeset::Changeset;
pub use context::Context;
pub use edited::Edited;
pub(crate) use extensions::Extensions;
pub(crate) use staged::{Kept, Staged};

use crate::action::{self, Act, Call, Draft, Drafts, Edit, Options, Outcome, Output, Revise};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::{Caller, Facts};
use crate::limits::Following;
use crate::policy::Rules;
use crate::query::{Find, Page, Query};
use crate::resource::{ErasedResource, Key, Record, Resource};
use crate::row::{self, Row, Value};
use crate::schema::Schema;

/// How deeply calls may call each other.
const MAX_NESTING: u8 = 16;

/// Who is calling, and the typed API of every resource of the app.
///
/// A remote method gets one by an argument `cx: &Cx`; [`App::system`] makes one outside requests.
/// Everything done through it takes the same road as a request of a client, on behalf of the same caller.
///
/// Within a mutation, writes are staged and committed together when the call ends, or not at all:
/// [`get`](Self::get) sees them at once, [`all`](Self::all) and [`count`](Self::count) only after the commit.
/// Of a call within it that is refused nothing is left, also where the mutation goes on.
/// When another call changed the same record meanwhile, the whole call runs again. Outside a mutation
/// each write commits by itself.
#[derive(Clone)]
pub struct Cx {
    app: App,
    caller: Caller,
    /// The facts of the user who is calling, once they are known.
    facts: Option<Arc<Facts>>,
    scope: Scope,
    depth: u8,
    /// How deep the call is that the scope was made for.
    scope_depth: u8,
    /// What the hooks of this call hand on, where there are any.
    extensions: Option<Arc<Extensions>>,
    /// Whether a hook of the app was given it.
    in_hook_of_app: bool,
    /// Whether a hook was given it that follows a call.
    afterwards: bool,
    /// Whose hooks those are that follow what is called, where the application acts in the stead of a caller: they stay theirs.
    following: Option<Arc<Following>>,
}

/// What a call may write to.
#[derive(Clone)]
pub(crate) enum Scope {
    /// Each mutation commits by itself.
    Free,
    /// A read: nothing may be written.
    Read,
    /// A mutation: everything is staged here.
    Mutation(Arc<Staged>),
}

impl Cx {
    pub(crate) fn new(app: App, caller: Caller) -> Self {
        Self {
            app,
            caller,
            following: None,
            facts: None,
            scope: Scope::Free,
            depth: 0,
            scope_depth: 0,
            extensions: None,
            in_hook_of_app: false,
            afterwards: false,
        }
    }

    /// The record with this id.
    ///
    /// # Errors
    /// NotFound, and whatever a client would get.
    pub async fn get<R: Resource + Record>(&self, id: &R::Key) -> Result<R> {
        let act = Act::Get(self.id::<R>(id)?);
        self.record(self.call::<R>(act).await?)
    }

    /// The records a query finds: all of them, unless it has a limit.
    ///
    /// # Errors
    /// Whatever a client would get.
    pub async fn all<R: Resource + Record>(&self, query: Find<R>) -> Result<Vec<R>> {
        let query = query.fit(self.schema::<R>()?, self.app.registry())?;
        self.find(query).await
    }

    async fn find<R: Resource + Record>(&self, query: Query) -> Result<Vec<R>> {
        let schema = self.schema::<R>()?;
        let page = Page {
            query,
            ..Page::default()
        };
        let outcome = self.call::<R>(Act::All(Box::new(page))).await?;
        match outcome.output {
            Output::Rows(rows, _) => {
                let mut records = Vec::with_capacity(rows.len());
                // Each row goes before the next record is made, which takes its place in memory.
                for row in rows {
                    records.push(row::decode(&row, schema)?);
                }
                Ok(records)
            }
            Output::Text(text) => answered(&text),
            _ => Err(unexpected()),
        }
    }

    /// How many records a query finds.
    ///
    /// # Errors
    /// Whatever a client would get.
    pub async fn count<R: Resource + Record>(&self, query: Find<R>) -> Result<u64> {
        let query = query.fit(self.schema::<R>()?, self.app.registry())?;
        match self.call::<R>(Act::Count(Box::new(query))).await?.output {
            Output::Count(count) => Ok(count),
            Output::Text(text) => answered(&text),
            _ => Err(unexpected()),
        }
    }

    /// Creates a record.
    ///
    /// # Errors
    /// Conflict if a record with this id exists, and whatever a client would get.
    pub async fn create<R: Resource + Record>(&self, record: R) -> Result<R> {
        let row = row::encode(&record, self.schema::<R>()?)?;
        self.record(
            self.call::<R>(Act::Create(Drafts::One(Draft::Row(row))))
                .await?,
        )
    }

    /// Changes a record in place. The closure may run again if somebody else changed the record
    /// meanwhile; it returns nothing, or a [`Result`] to refuse.
    ///
    /// # Errors
    /// NotFound, the closure's own, and whatever a client would get.
    pub async fn update<R, F, O>(&self, id: &R::Key, mut change: F) -> Result<R>
    where
        R: Resource + Record,
        F: FnMut(&mut R) -> O + Send,
        O: Edited,
    {
        let schema = self.schema::<R>()?;
        let mut edit = |stored: &Row| {
            let mut record = row::decode::<R>(stored, schema)?;
            change(&mut record).edited()?;
            row::encode(&record, schema)
        };
        let act = Act::Change {
            id: self.id::<R>(id)?,
            edit: Edit::With(Revise::new(&mut edit)),
        };
        self.record(self.call::<R>(act).await?)
    }

    /// Destroys a record, and answers it as it was.
    ///
    /// # Errors
    /// NotFound, and whatever a client would get.
    pub async fn destroy<R: Resource + Record>(&self, id: &R::Key) -> Result<R> {
        let act = Act::Destroy(self.id::<R>(id)?);
        self.record(self.call::<R>(act).await?)
    }

    /// Several mutations that are committed together, or not at all.
    pub fn changeset(&self) -> Changeset<'_> {
        Changeset::new(self)
    }

    /// The same context on behalf of the application itself: no access rule applies.
    #[must_use]
    pub fn system(&self) -> Self {
        Self {
            caller: Caller::System,
            facts: None,
            following: Some(Arc::clone(self.following())),
            ..self.clone()
        }
    }

    /// The facts of the user who is calling, as [`AppBuilder::user`](crate::AppBuilder::user) has answered them;
    /// `None` if nobody has logged in, or for [`system`](Self::system). They are those that the call began with.
    ///
    /// ```
    /// # use sockful::prelude::*;
    /// # struct User { admin: bool }
    /// # fn example(cx: &Cx) -> Result<()> {
    /// match cx.user::<User>() {
    ///     Some(user) if user.admin => Ok(()),
    ///     _ => Err(Error::forbidden("only for admins")),
    /// }
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the facts of this app are no `U`: a mistake of the program, not of a caller.
    #[must_use]
    pub fn user<U: Send + Sync + 'static>(&self) -> Option<&U> {
        let wanted = std::any::type_name::<U>();
        match self.app.identity().loader.as_ref() {
            None => panic!(
                "the app knows nothing of its users: give it `.user(..)`, which answers `{wanted}`"
            ),
            Some(loader) => {
                if let Some(known) = loader.is_not(TypeId::of::<U>()) {
                    panic!("`.user(..)` of this app answers `{known}`, not `{wanted}`");
                }
            }
        }
        self.facts.as_ref()?.user()
    }

    /// The key of the user who is calling; `None` if nobody has logged in, or for [`system`](Self::system).
    #[must_use]
    pub fn user_key(&self) -> Option<&str> {
        self.caller.key()
    }

    /// What the app was given by [`state`](crate::AppBuilder::state).
    ///
    /// # Panics
    /// If the app was given no `T`: a mistake of the program, not of a caller.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(&self) -> &T {
        self.app.state()
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Whether Rust code makes the call, and not a client.
    pub(crate) fn is_from_rust(&self) -> bool {
        self.depth > 0
    }

    /// What is known of the user who is calling.
    pub(crate) fn facts(&self) -> Option<&Facts> {
        self.facts.as_deref()
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether what is known of the user who is calling is up to date, so that there is nothing to
    /// [learn](Self::learn_user).
    pub(crate) fn knows_user(&mut self) -> bool {
        let Caller::User(user, _) = &mut self.caller else {
            return true;
        };
        if user.is_revoked() {
            // Rust code has made sure who is asking; what was known is forgotten.
            *user = user.again();
        }
        self.facts = user.known_facts(&self.app);
        self.facts.is_some() || self.app.identity().loader.is_none()
    }

    /// Loads the facts of the user who is calling.
    ///
    /// # Errors
    /// NotAuthenticated `user_refused`, Unavailable `user_unavailable`.
    pub(crate) async fn learn_user(&mut self) -> Result<()> {
        if let Some(user) = self.caller.user() {
            self.facts = user.facts(&self.app).await?;
        }
        Ok(())
    }

    /// What the policy of the resource at this place says to the caller: nothing, where there is no policy, or where nobody
    /// asks it.
    pub(crate) fn rules(&self, resource: usize) -> Option<&Rules> {
        let rules = match &self.caller {
            Caller::System => return None,
            Caller::Anonymous(_) => self.app.anonymous(),
            Caller::User(..) => self.facts.as_ref()?.rules(),
        };
        rules.rules(resource)
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Gives the call a scope of its own, which those that it makes share.
    pub(crate) fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
        self.scope_depth = self.depth;
    }

    /// Gives the call a part of the scope of the call that has made it.
    pub(crate) fn set_inner_scope(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Whether the call writes to the transaction of a call that has made it.
    pub(crate) fn is_nested(&self) -> bool {
        self.depth > self.scope_depth
    }

    async fn call<'a, R: Resource>(&'a self, act: Act<'a>) -> Result<Outcome> {
        let resource = self.app.registry().typed::<R>()?;
        self.ask(resource, act).await
    }

    /// Asks something of another resource, as the caller.
    pub(crate) async fn ask<'a>(
        &'a self,
        resource: &'a dyn ErasedResource,
        act: Act<'a>,
    ) -> Result<Outcome> {
        let call = Call::new(&self.app, self.deeper()?, resource, act, Options::default());
        self.dispatch(call).await
    }

    async fn dispatch(&self, mut call: Call<'_>) -> Result<Outcome> {
        // Boxed, because a call may lead to another call of the same kind.
        Box::pin(action::dispatch(&mut call)).await
    }

    /// The context of a call that is made through this one.
    fn deeper(&self) -> Result<Self> {
        if self.depth >= MAX_NESTING {
            return Err(Error::internal(format!(
                "calls are nested deeper than {MAX_NESTING}"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
            extensions: None,
            ..self.clone()
        })
    }

    fn schema<R: Resource>(&self) -> Result<&Schema> {
        Ok(self.app.registry().typed::<R>()?.schema())
    }

    fn id<R: Resource>(&self, id: &R::Key) -> Result<Value> {
        // What no store can hold is not there.
        id.to_value()
            .filter(|id| !id.as_text().is_some_and(|text| text.contains('\0')))
            .ok_or_else(|| Error::not_found_record(R::FACTS.name))
    }

    fn record<R: Resource + Record>(&self, outcome: Outcome) -> Result<R> {
        match outcome.output {
            Output::Row(Some(row)) => row::decode(&row, self.schema::<R>()?),
            Output::Text(text) => answered(&text),
            _ => Err(unexpected()),
        }
    }
}

/// What a hook has answered in place of the action.
fn answered<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

fn unexpected() -> Error {
    Error::internal("an action answered in another form than its own")
}

impl fmt::Debug for Cx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx")
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}
