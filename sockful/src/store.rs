//! Where records live.
//!
//! A [`Store`] keeps rows by resource and id, and commits transactions; it never sees a Rust type of the
//! user. [`Memory`] is the reference.

mod memory;

pub use memory::Memory;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::change::Change;
use crate::query::Query;
use crate::row::{Row, Value};
use crate::schema::Schema;

/// What a store method answers, on its way.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps rows, and commits transactions.
///
/// # Contract
/// - A commit MUST happen as a whole or not at all, and MUST be visible to every later read.
/// - Commits MUST take effect in the order in which [`commit`](Store::commit) was first polled.
/// - `pos` MUST grow with every commit that changes anything, by one or more, and stay below 2^53.
/// - The revision of a record MUST grow by one with every change. An id MUST NOT get a revision it has had
///   before, also when its record was destroyed and is created again; an id that is new begins at 1.
/// - Once a commit has been handed over, dropping its future MUST NOT undo half of it.
/// - No method may block the thread it is polled on.
pub trait Store: Send + Sync + 'static {
    /// Makes room for these resources. Called once, before anything else.
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, ()>;

    /// What this store can promise.
    fn caps(&self) -> Caps;

    /// The row with this id.
    fn get<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        id: &'a Value,
    ) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move {
            let rows = self.get_many(schema, std::slice::from_ref(id)).await?;
            Ok(rows.into_iter().next().flatten())
        })
    }

    /// The rows with these ids, in the order asked, `None` where there is none.
    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>>;

    /// The rows a query asks for, in the order of their ids: nothing before numbers, numbers by size,
    /// text by code point.
    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing>;

    /// How many rows a query asks for.
    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        Box::pin(async move { Ok(self.list(schema, query).await?.rows.len() as u64) })
    }

    /// Checks every expectation, then writes everything.
    ///
    /// # Errors
    /// The first expectation that does not hold; then nothing is written.
    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed>;
}

/// What a store can promise beyond keeping rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// Keeps a log of changes that outlives the process.
    pub log: bool,
    /// Keeps the answers of operations with an id, in the transaction of the operation.
    pub ledger: bool,
}

/// A row with its revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The row.
    pub row: Row,
    /// Its revision: 1 when its id was new, and one more with every change.
    pub rev: u64,
}

/// What [`Store::list`] answers.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The rows.
    pub rows: Vec<Stored>,
    /// Whether the query's limit left rows out.
    pub more: bool,
    /// The position of the log that the same read saw.
    pub pos: u64,
}

/// Writes that happen together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Transaction {
    /// The writes, at most one for each record.
    pub writes: Vec<Write>,
    /// What the writes rest on: records that must still be as they were read.
    pub reads: Vec<Read>,
}

/// One record as it was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The resource of the record.
    pub schema: Arc<Schema>,
    /// The id of the record.
    pub id: Value,
    /// What was found.
    pub expect: Expect,
}

/// One record as it shall be.
#[derive(Clone, Debug)]
pub struct Write {
    /// The resource of the record.
    pub schema: Arc<Schema>,
    /// The id of the record.
    pub id: Value,
    /// What must be stored for the transaction to hold.
    pub expect: Expect,
    /// The row to store, or `None` to destroy the record.
    pub row: Option<Row>,
}

/// What a [`Write`] expects to find, or a [`Read`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// No record with this id.
    Absent,
    /// The record at this revision.
    Rev(u64),
}

/// What [`Store::commit`] answers.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The place of this commit in the log.
    pub pos: u64,
    /// What happened to each record, in the order of the writes.
    pub changes: Vec<Change>,
}

/// Why a store did not do what it was asked. Nothing of it reaches a client but the kind.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// [`Expect::Absent`] does not hold for this write of the transaction.
    Exists {
        /// The place of the write.
        write: usize,
    },
    /// A record is no longer what a [`Read`], or the [`Expect::Rev`] of a [`Write`], names.
    Stale,
    /// Another record holds the value of a `unique` field.
    Unique {
        /// The place of the write.
        write: usize,
        /// The place of the field.
        field: usize,
    },
    /// The store cannot do it now, and may later.
    Unavailable(Box<dyn StdError + Send + Sync>),
    /// The store failed.
    Failed(Box<dyn StdError + Send + Sync>),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { write } => write!(f, "write {write}: a record with this id exists"),
            Self::Stale => f.write_str("a record has changed since it was read"),
            Self::Unique { write, field } => {
                write!(f, "write {write}: the value of field {field} is taken")
            }
            Self::Unavailable(error) | Self::Failed(error) => error.fmt(f),
        }
    }
}

impl StdError for StoreError {}
