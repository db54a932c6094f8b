//! One call on its way through [`dispatch`](super::dispatch), and what came of it.

mod outcome;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) use self::outcome::{Meta, Outcome, Output, Several};
use super::{Asker, Builtin, Effect, Once};
use crate::app::App;
use crate::cx::Cx;
use crate::error::{FieldError, Result};
use crate::query::{Page, Query};
use crate::relation::Include;
use crate::resource::{Access, ErasedResource, Push};
use crate::row::{Row, Value};
use crate::schema::{self, Schema};

/// One call: on whose behalf, on what, to do what.
pub(crate) struct Call<'a> {
    pub(crate) app: &'a App,
    pub(crate) cx: Cx,
    pub(crate) resource: &'a dyn ErasedResource,
    pub(crate) act: Act<'a>,
    pub(crate) options: Options,
    /// What it says of relatives, where it does. Boxed, because few calls do.
    pub(crate) relatives: Option<Box<Relatives>>,
    /// Of a changeset: the calls that it is made of.
    pub(crate) parts: Vec<Self>,
    /// Told when the commit of this call has its place among those of the store.
    pub(crate) handover: Option<Handover>,
    /// Who is answered, where that is somebody who can be told of changes afterwards.
    pub(crate) asker: Option<Asker>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        app: &'a App,
        cx: Cx,
        resource: &'a dyn ErasedResource,
        act: Act<'a>,
        options: Options,
    ) -> Self {
        Self {
            app,
            cx,
            resource,
            act,
            options,
            relatives: None,
            parts: Vec::new(),
            handover: None,
            asker: None,
        }
    }

    /// Several calls, all of them or none.
    pub(crate) fn changeset(app: &'a App, cx: Cx, parts: Vec<Self>) -> Self {
        let mut call = Self::new(
            app,
            cx,
            app.registry().whole(),
            Act::Changeset,
            Options::default(),
        );
        call.parts = parts;
        call
    }

    pub(crate) fn schema(&self) -> &'a Arc<Schema> {
        self.resource.schema()
    }

    pub(crate) fn effect(&self) -> Effect {
        match &self.act {
            Act::Get(_) | Act::All(_) | Act::Count(_) | Act::Watch { .. } | Act::Unwatch(_) => {
                Effect::Read
            }
            Act::Create(_) | Act::Change { .. } | Act::Destroy(_) | Act::Changeset => {
                Effect::Mutation
            }
            Act::Remote(method) => self.schema().actions[method.action].effect,
        }
    }

    /// Whether the call leaves the order of its connection.
    pub(crate) fn detached(&self) -> bool {
        self.method().is_some_and(|method| method.detached)
    }

    /// Whether its client is told more once it is answered.
    pub(crate) fn wants_to_be_told(&self) -> bool {
        match &self.act {
            Act::Watch { .. } | Act::Unwatch(_) => true,
            Act::Count(_) | Act::Remote(_) | Act::Changeset | Act::Destroy(_) => false,
            Act::Get(_) | Act::All(_) if self.schema().push == Push::All => true,
            Act::Create(_) | Act::Get(_) | Act::All(_) | Act::Change { .. } => {
                self.schema().push == Push::Interest && !self.options.quiet
            }
        }
    }

    pub(crate) fn access(&self) -> Access {
        let method = self.method().and_then(|method| method.access);
        method.unwrap_or(self.schema().access)
    }

    /// Whether it is a method without receiver.
    pub(crate) fn is_of_no_record(&self) -> bool {
        self.method().is_some_and(|method| !method.member)
    }

    fn method(&self) -> Option<&'a schema::Action> {
        match &self.act {
            Act::Remote(method) => Some(&self.schema().actions[method.action]),
            _ => None,
        }
    }

    /// Whether Rust code makes it, and not a client.
    pub(crate) fn is_from_rust(&self) -> bool {
        self.cx.is_from_rust()
    }

    /// The record that a mutation reads before it writes.
    pub(crate) fn changes(&self) -> Option<&Value> {
        match &self.act {
            Act::Change { id, .. } | Act::Destroy(id) => Some(id),
            Act::Remote(method) => method.id.as_ref(),
            Act::Create(_)
            | Act::Get(_)
            | Act::All(_)
            | Act::Count(_)
            | Act::Watch { .. }
            | Act::Unwatch(_)
            | Act::Changeset => None,
        }
    }
}

/// What a call says of the relatives of its record.
#[derive(Debug, Default)]
pub(crate) struct Relatives {
    /// The value that a field of the record must have, for the record to be there: the parent it is asked for with.
    pub(crate) within: Option<(usize, Value)>,
    /// The relatives that are to be answered with the record.
    pub(crate) include: Vec<Include>,
}

/// Counts a call until its commit has its place among those of the store, or until it has none.
pub(crate) struct Handover {
    pending: Arc<AtomicUsize>,
    done: AtomicBool,
}

impl Handover {
    pub(crate) fn new(pending: &Arc<AtomicUsize>) -> Self {
        pending.fetch_add(1, Ordering::Relaxed);
        Self {
            pending: Arc::clone(pending),
            done: AtomicBool::new(false),
        }
    }

    pub(super) fn done(&self) {
        if !self.done.swap(true, Ordering::Relaxed) {
            self.pending.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Handover {
    fn drop(&mut self) {
        self.done();
    }
}

/// What to do, decoded.
pub(crate) enum Act<'a> {
    Create(Drafts<'a>),
    Get(Value),
    // Boxed: they are large, and every call is moved some times on its way.
    All(Box<Page>),
    Count(Box<Query>),
    Watch {
        page: Box<Page>,
        /// What the client has of it already.
        since: Option<Since>,
    },
    Unwatch(Unwatch),
    /// `update` and `replace`.
    Change {
        id: Value,
        edit: Edit<'a>,
    },
    Destroy(Value),
    Remote(MethodCall<'a>),
    /// Several calls, all of them or none: the [parts](Call::parts).
    Changeset,
}

/// What a client has of what it watches.
#[derive(Clone, Debug)]
pub(crate) struct Since {
    /// The position at which it knows the records.
    pub(crate) pos: u64,
    /// The view that it had, sealed.
    pub(crate) view: String,
    /// How many bytes of what it has missed it may be told.
    pub(crate) room: usize,
}

/// What is to be told no more.
pub(crate) enum Unwatch {
    Watch(String),
    Record(Value),
}

/// A remote method, and what it is given.
pub(crate) struct MethodCall<'a> {
    /// Its place in the schema.
    pub(crate) action: usize,
    /// The record it is a method of.
    pub(crate) id: Option<Value>,
    /// The JSON texts of its arguments, `None` where one is absent.
    pub(crate) given: Vec<Option<&'a str>>,
    /// What the payload holds beside them; told together with what is wrong with them.
    pub(crate) wrong: Vec<FieldError>,
}

/// What `create` is given.
pub(crate) enum Drafts<'a> {
    One(Draft<'a>),
    Many(Vec<Draft<'a>>),
}

/// A record to create.
pub(crate) enum Draft<'a> {
    /// From a client: JSON text.
    Text(&'a str),
    /// From Rust.
    Row(Row),
}

/// How a stored record is to change.
pub(crate) enum Edit<'a> {
    /// `update`: the fields this JSON text names.
    Merge(&'a str),
    /// `replace`: the record of this JSON text.
    Replace(&'a str),
    /// From Rust.
    With(Revise<'a>),
}

impl Edit<'_> {
    /// The action that changes a record so.
    pub(super) fn builtin(&self) -> Builtin {
        match self {
            Self::Merge(_) | Self::With(_) => Builtin::Update,
            Self::Replace(_) => Builtin::Replace,
        }
    }
}

/// A change to a record made by Rust code. It need not be `Sync`, but a call is shared between threads: hence
/// the mutex, for which nobody ever waits.
pub(crate) struct Revise<'a>(Mutex<&'a mut RowFn<'a>>);

type RowFn<'a> = dyn FnMut(&Row) -> Result<Row> + Send + 'a;

impl<'a> Revise<'a> {
    pub(crate) fn new(revise: &'a mut RowFn<'a>) -> Self {
        Self(Mutex::new(revise))
    }

    /// What becomes of this row.
    pub(super) fn apply(&self, row: &Row) -> Result<Row> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)(row)
    }
}

/// What a request may ask for beside its payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Answer Timeout after so long.
    pub(crate) timeout: Option<Duration>,
    /// Refuse unless the record has this revision.
    pub(crate) if_rev: Option<u64>,
    /// Do it once, however often it is asked.
    pub(crate) once: Option<Arc<Once>>,
    /// Do not tell of the records that are answered afterwards.
    pub(crate) quiet: bool,
}
