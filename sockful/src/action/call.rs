//! One call on its way through [`dispatch`](super::dispatch), and what came of it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::listing::LeftOut;
use super::{Asker, Builtin, Effect, Once, Tree};
use crate::app::App;
use crate::cx::Cx;
use crate::error::{FieldError, Result};
use crate::query::{Page, Query};
use crate::relation::Include;
use crate::resource::{Access, ErasedResource, Push};
use crate::row::{Row, Select, Value};
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
    /// The view that it had.
    pub(crate) view: String,
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

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) output: Output,
    pub(crate) meta: Meta,
}

/// The result, before it becomes text or a record.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// A record; `None` for one that the caller has written and may not read.
    Row(Option<Row>),
    /// Some records, and what of them is shown.
    Rows(Vec<Row>, Select),
    /// Some records, or one, with their relatives.
    Tree {
        tree: Box<Tree>,
        one: bool,
    },
    /// What a batch has made, in its order; `None` for what the caller may not read.
    Made(Vec<Option<Row>>),
    Count(u64),
    /// What is watched from now on, as it is now.
    Watched {
        watch: Arc<str>,
        rows: Vec<Row>,
        select: Select,
    },
    /// What a remote method returned, as JSON text.
    Text(String),
    /// What the parts of a changeset made, each with the schema that it is to be written by.
    Parts(Vec<(Arc<Schema>, Self)>),
}

impl Output {
    /// About how many bytes it takes on the wire, meta included.
    pub(crate) fn size(&self) -> usize {
        const META: usize = 64;
        META + match self {
            Self::Row(row) => row.as_ref().map_or(4, Row::size),
            Self::Made(rows) => rows.iter().flatten().map(|row| row.size() + 16).sum(),
            Self::Rows(rows, select) | Self::Watched { rows, select, .. } => {
                rows.iter().map(|row| select.size_of(row) + 16).sum()
            }
            Self::Tree { tree, .. } => tree.size(),
            Self::Count(_) => 0,
            Self::Text(text) => text.len(),
            Self::Parts(parts) => parts.iter().map(|(_, output)| output.size()).sum(),
        }
    }

    /// So many bytes it never exceeds on the wire, without the meta.
    pub(crate) fn at_most(&self, schema: &Schema) -> usize {
        // A control character takes six bytes, `\u0001`.
        const ESCAPED: usize = 6;
        // The longest number or time with its comma.
        const PLAIN: usize = 40;
        let keys: usize = schema.fields.iter().map(|it| it.key.len() + PLAIN).sum();
        let row_at_most = |row: Option<&Row>| keys + row.map_or(0, Row::size) * ESCAPED;
        match self {
            Self::Row(row) => row_at_most(row.as_ref()),
            Self::Made(rows) => {
                rows.iter()
                    .map(|row| row_at_most(row.as_ref()))
                    .sum::<usize>()
                    + 2
            }
            Self::Rows(rows, _) | Self::Watched { rows, .. } => {
                rows.iter().map(|row| row_at_most(Some(row))).sum::<usize>() + 2
            }
            // Only reads are answered so, and nobody asks this of them.
            Self::Tree { tree, .. } => tree.size().saturating_mul(ESCAPED),
            Self::Count(_) => PLAIN,
            Self::Text(text) => text.len(),
            Self::Parts(parts) => {
                let at_most = |(schema, output): &(Arc<Schema>, Self)| output.at_most(schema) + 1;
                parts.iter().map(at_most).sum::<usize>() + 2
            }
        }
    }
}

/// What is told about a result. It is read back from the ledger as it was written.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Meta {
    pub(crate) pos: Option<u64>,
    pub(crate) rev: Option<u64>,
    /// Boxed, so that results which are one record do not carry the room it needs: they are moved often.
    #[serde(flatten)]
    pub(crate) several: Option<Box<Several>>,
    /// Whether the ledger has told it before.
    #[serde(default)]
    pub(crate) replayed: bool,
    /// Whether the client holds as many records as it may, so that it is not told of all that it is answered.
    #[serde(skip)]
    pub(crate) is_full: bool,
}

/// What is told about a result that is more than one record.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Several {
    pub(crate) revs: Option<Vec<u64>>,
    pub(crate) next: Option<String>,
    /// Why the records are not all; for whoever asks within a call.
    #[serde(skip)]
    pub(crate) left_out: Option<LeftOut>,
    /// Of a watch: the life of the log that the position belongs to.
    #[serde(skip)]
    pub(crate) epoch: Option<Arc<str>>,
    /// What of it the client may see, sealed.
    #[serde(skip)]
    pub(crate) view: Option<String>,
    /// How much the client has missed, where that is told in place of the records.
    #[serde(skip)]
    pub(crate) resumed: Option<usize>,
    /// Of a changeset: what is told about each part.
    pub(crate) items: Option<Vec<Meta>>,
}

impl Meta {
    /// So many bytes the meta of a mutation never exceeds.
    pub(crate) fn room(output: &Output) -> usize {
        // `"pos":`, `"rev":`, each number, and `"replayed":true`.
        const POS_AND_REV: usize = 64;
        const REV: usize = 21;
        let rows = match output {
            Output::Parts(parts) => {
                // `"items":[`, and what is told of each.
                let parts = parts.iter().map(|(_, output)| Self::room(output) + 3);
                return POS_AND_REV + 12 + parts.sum::<usize>();
            }
            Output::Rows(rows, _) | Output::Watched { rows, .. } => rows.len(),
            Output::Made(rows) => rows.len(),
            Output::Tree { tree, .. } => tree.rows.len(),
            Output::Row(_) | Output::Count(_) | Output::Text(_) => 1,
        };
        POS_AND_REV + rows * REV
    }
}
