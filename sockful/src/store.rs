//! Where records live.
//!
//! A [`Store`] keeps rows by resource and id, and commits transactions; it never sees a Rust type of the
//! user. [`Memory`] is the reference.

mod blocking;
mod durability;
mod error;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod transaction;

pub use blocking::Blocking;
pub use durability::Durability;
pub use error::StoreError;
pub use memory::Memory;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub use postgres::Imported;
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresBuilder, PostgresLoad};
#[cfg(feature = "sqlite")]
pub use sqlite::{BackupProgress, Sqlite, SqliteBuilder, SqliteLoad, rusqlite};
pub use transaction::{
    AnswerFn, Childless, Expect, Operation, OperationKey, Read, Transaction, Write,
};

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::change::Change;
use crate::query::Query;
use crate::row::{Row, Value};
use crate::schema::Schema;

/// The most bytes of text in an id, or in a field that is `index` or `unique`: the core writes no more there.
///
/// An index of PostgreSQL has no room for 2,700, and what one store refuses none takes.
pub const MAX_INDEXED_TEXT: usize = 2_048;

/// What a store method answers, on its way.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps rows, and commits transactions.
///
/// # Contract
/// - A commit MUST happen as a whole or not at all, and MUST be visible to every later read.
/// - Commits MUST take effect in the order in which [`commit`](Store::commit) was first polled.
/// - `pos` MUST grow with every commit that changes anything, by one or more, and stay below 2^53.
/// - A commit MUST be [`Stale`](StoreError::Stale), and nothing of it happen, where a record would be left that names one of the
///   parents which are to be [childless](Transaction::childless).
/// - A commit MAY be [`Dangling`](StoreError::Dangling), and nothing of it happen, where a record would name a parent in the same store
///   that is not there once all is written. In which order the writes come makes no difference.
/// - The revision of a record MUST be the position of the commit that last changed it. So no id ever has a
///   revision twice, also when its record was destroyed and is created again. A record that no commit has changed,
///   because it was there before the store was, has revision 0.
/// - Where a schema has a [`rev`](Schema::rev) field, its column is where the revision is kept: whatever a written
///   row holds there, every row that is answered MUST hold its revision ([`Schema::revised`]), those of a [`Change`] too.
/// - The epoch MUST change where a position that was acknowledged may be given a second time, before it is.
/// - Once a commit has been handed over, dropping its future MUST NOT undo half of it.
/// - A commit MUST NOT be answered before it would survive whatever the store promises to survive.
/// - A store that has too much to do MUST say [`StoreError::Unavailable`] instead of queueing without bound.
/// - No method may block the thread it is polled on.
/// - Text of up to [`MAX_INDEXED_TEXT`] bytes MUST be taken in ids and in fields that are `index` or `unique`; all other
///   text may have any length, and so may what a query compares with.
/// - A row MUST come back as it was given; a nested value as the same JSON, however that is written. A negative zero may
///   lose its sign there.
/// - What the writes of a transaction replace is free for the others in it: records may swap values of `unique`
///   fields.
///
/// The public suite `sockful::testing::store_suite` (feature `testing`) holds a store against these, but for what
/// cannot be seen from outside; `docs/store.md` in the repository walks through a store.
pub trait Store: Send + Sync + 'static {
    /// Makes room for these resources. Called once, before anything else.
    ///
    /// # Errors
    /// [`StoreError::Unfit`] if what is stored already does not fit the schemas, with every reason; the messages
    /// are for whoever starts the server.
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened>;

    /// The epoch as it is now: another than [`open`](Store::open) has answered, where the log has begun another life
    /// since; none, where that only happens when the store is opened.
    ///
    /// Whoever goes on from a position asks [`since`](Store::since) first and this afterwards: entries of another life are
    /// then never taken for those of the one before.
    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        Box::pin(std::future::ready(Ok(None)))
    }

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

    /// The rows a query asks for, in its order, and the position of the same moment.
    ///
    /// A store whose [`Caps::filter`] is not [`Exact`](FilterCap::Exact) is only asked for pages in the order
    /// of ids: no sort, no skip, no [`each`](Query::each), and the filter is a hint.
    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing>;

    /// How many rows a query asks for. Only asked of stores whose filter is [`Exact`](FilterCap::Exact).
    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        Box::pin(async move { Ok(self.list(schema, query).await?.rows.len() as u64) })
    }

    /// Checks every expectation, then writes everything, with its log entry and the answer of its operation.
    ///
    /// A transaction without writes but with an operation records that alone, and gets no new position.
    ///
    /// # Errors
    /// The first expectation that does not hold; then nothing is written.
    /// [`StoreError::Answered`] if the operation was recorded before; this is checked before anything else.
    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed>;

    /// Where the log begins and ends. Only asked of stores with [`Caps::log`].
    fn log(&self) -> StoreFuture<'_, LogRange> {
        Box::pin(std::future::ready(Err(StoreError::unsupported("log"))))
    }

    /// Up to `limit` entries of the log after a position, oldest first, without a hole. Only asked of stores
    /// with [`Caps::log`].
    ///
    /// # Errors
    /// [`StoreError::Pruned`] if an entry after `pos` is no longer kept.
    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        let _ = (pos, limit);
        Box::pin(std::future::ready(Err(StoreError::unsupported("log"))))
    }

    /// What an operation was answered. Only asked of stores with [`Caps::ledger`].
    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        let _ = key;
        Box::pin(std::future::ready(Err(StoreError::unsupported("ledger"))))
    }

    /// What [`open`](Store::open) would do to what is stored: statements, or sentences; none if
    /// nothing.
    fn plan<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Vec<String>> {
        let _ = schemas;
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// What a store can promise beyond keeping rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Caps {
    /// Keeps a log of changes.
    pub log: bool,
    /// Keeps the answers of operations, in the transaction of the operation.
    pub ledger: bool,
    /// What becomes of what it has acknowledged; `None` if that is gone with the process.
    pub durable: Option<Durability>,
    /// How much of a [`Query`] it answers by itself.
    pub filter: FilterCap,
}

impl Caps {
    /// Those of a store that keeps rows and nothing more.
    #[must_use]
    pub const fn rows() -> Self {
        Self {
            log: false,
            ledger: false,
            durable: None,
            filter: FilterCap::No,
        }
    }
}

/// How much of a [`Query`] a store answers by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterCap {
    /// All of it.
    Exact,
    /// It may leave out records that do not match the filter. Sorting and skipping are not for it.
    Inexact,
    /// It lists records by id. The filter, sorting and skipping are not for it.
    #[default]
    No,
}

/// What [`Store::open`] answers.
#[derive(Clone)]
#[non_exhaustive]
pub struct Opened {
    /// Names the life of this log: another one wherever positions that were acknowledged may be given a second time, as
    /// after a restore. For whoever follows the log by its positions.
    pub epoch: Arc<str>,
    /// What cursors are sealed with: the same on every node that shares the store. Nobody sees it.
    pub secret: [u8; 32],
}

impl Opened {
    /// That of a store that keeps neither.
    #[must_use]
    pub fn fresh() -> Self {
        let mut secret = [0; 32];
        for half in secret.chunks_mut(16) {
            half.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        }
        Self {
            epoch: uuid::Uuid::new_v4().simple().to_string().into(),
            secret,
        }
    }

    /// As JSON text, for a store to keep: the secret is in it.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!([*self.epoch, self.secret]).to_string()
    }

    /// Reads what [`to_json`](Self::to_json) has written.
    ///
    /// # Errors
    /// If it is no such text.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        let (epoch, secret): (String, _) = serde_json::from_str(text)?;
        Ok(Self::kept(epoch, secret))
    }

    /// What a store has kept.
    #[must_use]
    pub fn kept(epoch: impl Into<Arc<str>>, secret: [u8; 32]) -> Self {
        Self {
            epoch: epoch.into(),
            secret,
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// A row with its revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The row.
    pub row: Row,
    /// Its revision: the position of the commit that last changed it, or 0 if none has.
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

impl Listing {
    /// The first `limit` of these rows, all if `None`, and whether there are others; read at this position.
    ///
    /// # Errors
    /// The first error among them.
    pub fn of(
        rows: impl IntoIterator<Item = Result<Stored, StoreError>>,
        limit: Option<usize>,
        pos: u64,
    ) -> Result<Self, StoreError> {
        let mut listing = Self {
            pos,
            ..Self::default()
        };
        for row in rows {
            listing.more = limit == Some(listing.rows.len());
            if listing.more {
                break;
            }
            listing.rows.push(row?);
        }
        Ok(listing)
    }
}

/// An operation that was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The hash of what was asked.
    pub request: [u8; 32],
    /// The answer.
    pub answer: Arc<str>,
}

/// Where a log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRange {
    /// The position before the oldest entry that is kept: the least that [`Store::since`] takes.
    pub from: u64,
    /// The position of the newest entry.
    pub to: u64,
}

/// What one commit changed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The position of the commit.
    pub pos: u64,
    /// When it was, in microseconds since 1970-01-01T00:00:00Z. Clocks go back at times: positions are the order.
    pub at: i64,
    /// What happened to each record, in the order of the writes.
    pub changes: Vec<Change>,
}

/// What [`Store::commit`] answers.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The position of this commit, or of the one before it if it changed nothing.
    pub pos: u64,
    /// What happened to each record, in the order of the writes.
    pub changes: Vec<Change>,
}
