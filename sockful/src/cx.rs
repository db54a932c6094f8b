//! The context of a call: who is calling, the app, and the typed API of its resources.

mod staged;

use std::fmt;
use std::sync::Arc;

pub(crate) use staged::Staged;

use crate::action::{self, Act, Call, Draft, Drafts, Edit, Options, Outcome, Output, Revise};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::query::{Find, Page};
use crate::resource::{Key, Record, Resource};
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
/// When another call changed the same record meanwhile, the whole call runs again. Outside a mutation
/// each write commits by itself.
#[derive(Clone)]
pub struct Cx {
    app: App,
    caller: Caller,
    scope: Scope,
    depth: u8,
    /// How deep the call is that the scope was made for.
    scope_depth: u8,
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
            scope: Scope::Free,
            depth: 0,
            scope_depth: 0,
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
        let schema = self.schema::<R>()?;
        let page = Page {
            query: query.fit(schema)?,
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
            _ => Err(unexpected()),
        }
    }

    /// How many records a query finds.
    ///
    /// # Errors
    /// Whatever a client would get.
    pub async fn count<R: Resource + Record>(&self, query: Find<R>) -> Result<u64> {
        let query = query.fit(self.schema::<R>()?)?;
        match self.call::<R>(Act::Count(Box::new(query))).await?.output {
            Output::Count(count) => Ok(count),
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

    /// The same context on behalf of the application itself: no access rule applies.
    #[must_use]
    pub fn system(&self) -> Self {
        Self {
            caller: Caller::System,
            ..self.clone()
        }
    }

    /// The key of the user who is calling; `None` if nobody has logged in, or for [`system`](Self::system).
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.caller.user()
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

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Gives the call a scope of its own, which those that it makes share.
    pub(crate) fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
        self.scope_depth = self.depth;
    }

    /// Whether the call writes to the transaction of a call that has made it.
    pub(crate) fn is_nested(&self) -> bool {
        self.depth > self.scope_depth
    }

    async fn call<'a, R: Resource>(&'a self, act: Act<'a>) -> Result<Outcome> {
        if self.depth == MAX_NESTING {
            return Err(Error::internal(format!(
                "calls are nested deeper than {MAX_NESTING}"
            )));
        }
        let cx = Self {
            depth: self.depth + 1,
            ..self.clone()
        };
        let resource = self.app.registry().typed::<R>()?;
        let call = Call::new(&self.app, cx, resource, act, Options::default());
        // Boxed, because a call may lead to another call of the same kind.
        Box::pin(action::dispatch(call)).await
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
            Output::Row(row) => row::decode(&row, self.schema::<R>()?),
            _ => Err(unexpected()),
        }
    }
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

/// What the closure of [`Cx::update`] may return.
pub trait Edited {
    /// Whether the change stands.
    ///
    /// # Errors
    /// The closure's own.
    fn edited(self) -> Result<()>;
}

impl Edited for () {
    fn edited(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> Edited for Result<(), E> {
    fn edited(self) -> Result<()> {
        self.map_err(Into::into)
    }
}

/// What a remote method may borrow: the context, and nothing else.
#[diagnostic::on_unimplemented(
    message = "a remote method can borrow nothing but `&Cx`",
    label = "arguments are owned: they come from the payload",
    note = "take `String` instead of `&str`, `Vec<T>` instead of `&[T]`"
)]
pub trait Context {
    /// The context itself.
    #[doc(hidden)]
    fn from_cx(cx: &Cx) -> &Self;
}

impl Context for Cx {
    fn from_cx(cx: &Cx) -> &Self {
        cx
    }
}
