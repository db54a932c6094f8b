//! Records in an SQLite database: one file, or the memory of the process.
//!
//! One thread writes, several read beside it. Only this file and the folder of its name know SQLite. Read
//! `writer.rs` first, then `commit.rs`.

mod backup;
mod broken;
mod builder;
mod cells;
mod commit;
mod connection;
mod dialect;
mod error;
#[cfg(feature = "postgres")]
mod export;
mod functions;
mod inspect;
mod job;
mod ledger;
mod log;
mod mark;
mod meta;
mod migrate;
mod numbered;
mod queue;
mod reads;
mod rows;
mod unique;
mod upkeep;
mod writer;

pub use rusqlite;

pub use self::backup::BackupProgress;
pub use self::builder::SqliteBuilder;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

use self::connection::Place;
use self::error::{busy, ended, refused};
use self::job::{Work, job};
use self::mark::Mark;
use self::migrate::Start;
use self::queue::{Queue, Refused};
use self::writer::{Commit, Job, Written};
use super::sql::meta::{EPOCH, META};
use super::sql::migrate::Migration;
use super::sql::{Table, Tables, panicked};
use super::{
    Answered, Caps, Committed, Durability, Entry, FilterCap, Listing, LogRange, Opened,
    OperationKey, Store, StoreError, StoreFuture, Stored, Transaction,
};
use crate::query::Query;
use crate::row::Value;
use crate::schema::Schema;

/// A store in an SQLite database. Cloning shares it; its threads end when the last clone is dropped, which with
/// [`Durability::Relaxed`] waits until everything is on the disk.
///
/// Each resource has a table of its name with a column for each field, beside tables whose names begin with
/// `sockful_`. Other programs may read the database at any time. What they write to it is answered to
/// requests, but nobody is told of it: it is not in the log.
///
/// ```
/// use sockful::Sqlite;
///
/// # fn main() -> Result<(), sockful::store::StoreError> {
/// # let folder = std::env::temp_dir().join(format!("sockful-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("app.db");
/// let store = Sqlite::open(path)?;
/// # drop(store);
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sqlite(Arc<Inner>);

struct Inner {
    place: Place,
    durability: Durability,
    /// Whether what is missing may be made.
    migrate: bool,
    migrations: Arc<[Migration]>,
    tables: OnceLock<Arc<Tables>>,
    /// Of a store that answers before the disk has synced.
    mark: Option<Mark>,
    writer: Option<JoinHandle<()>>,
    writes: Arc<Queue<Job>>,
    /// `None` in memory, where the connection that writes is the only one: it reads as well.
    reads: Option<Arc<Queue<Work>>>,
    written: Arc<Written>,
}

/// What a [`Sqlite`] store is busy with, and what it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteLoad {
    /// Commits that wait.
    pub waiting_commits: usize,
    /// Reads that wait.
    pub waiting_reads: usize,
    /// Commits since the database was opened.
    pub commits: u64,
    /// Transactions of the database that these commits took: those that wait together share one.
    pub transactions: u64,
}

impl Sqlite {
    /// Opens the database in this file, with the settings a server should have; makes it if there is none.
    ///
    /// # Errors
    /// As [`SqliteBuilder::open`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::builder(path).open()
    }

    /// A database in memory, gone with the store.
    ///
    /// # Errors
    /// As [`SqliteBuilder::open`].
    pub fn in_memory() -> Result<Self, StoreError> {
        SqliteBuilder::in_memory().open()
    }

    /// Settings for the database in this file.
    pub fn builder(path: impl Into<PathBuf>) -> SqliteBuilder {
        SqliteBuilder::new(path.into())
    }

    /// Asks the database anything, on a thread that reads. It cannot write.
    ///
    /// [`sockful::store::rusqlite`](crate::store::rusqlite) is the crate that a connection is from.
    ///
    /// # Errors
    /// Whatever `ask` answers, and [`StoreError::Unavailable`] if too much waits.
    pub async fn read<T, F>(&self, ask: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let shared = self.0.reads.is_none();
        self.on_reader(move |connection| {
            connection.pragma_update(None, "query_only", true)?;
            let answer = catch_unwind(AssertUnwindSafe(|| ask(connection)));
            let ended = if connection.is_autocommit() {
                Ok(())
            } else {
                connection.execute_batch("ROLLBACK")
            };
            if shared {
                // In memory this is the connection that writes.
                connection.pragma_update(None, "query_only", false)?;
            }
            ended?;
            Ok(answer.map_err(|panic| panicked(&*panic))??)
        })
        .await
    }

    /// Begins another life of the log: whoever follows it sees another epoch and has to start anew. Call it before an app
    /// is built on a file that was copied, or put in the place of a later one, by other means than
    /// [`backup`](Self::backup): the positions that such a file gives next were, or will be, given elsewhere.
    ///
    /// # Errors
    /// If the database cannot be written to.
    pub async fn renew_epoch(&self) -> Result<(), StoreError> {
        self.on_writer(|connection| {
            if !connection.table_exists(None, META)? {
                // Its first life is yet to begin.
                return Ok(());
            }
            connection::synced(connection, |connection| meta::renew_epoch(connection))
        })
        .await
    }

    /// What the store is busy with, and what it has done.
    #[must_use]
    pub fn load(&self) -> SqliteLoad {
        let Inner { reads, written, .. } = &*self.0;
        SqliteLoad {
            waiting_commits: self.0.writes.len(),
            waiting_reads: reads.as_ref().map_or(0, |reads| reads.len()),
            commits: written.commits.load(Ordering::Relaxed),
            transactions: written.transactions.load(Ordering::Relaxed),
        }
    }

    /// What a start with these resources asks of the database.
    fn start(&self, schemas: &[Arc<Schema>]) -> Start {
        Start {
            tables: Arc::new(Tables::new(schemas, dialect::table)),
            migrations: self.0.migrations.clone(),
            allowed: self.0.migrate,
            mark: self.0.mark.clone(),
        }
    }

    fn tables(&self) -> Result<&Arc<Tables>, StoreError> {
        let unopened = || StoreError::Failed("the store was not opened".into());
        self.0.tables.get().ok_or_else(unopened)
    }

    fn table(&self, schema: &Schema) -> Result<Arc<Table>, StoreError> {
        self.tables()?.of(schema).cloned()
    }

    /// Does `work` on a thread that reads, and gives up when nobody waits for it any more.
    async fn on_reader<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job(work);
        let pushed = match &self.0.reads {
            Some(reads) => reads.push(job),
            None => self.0.writes.push(Job::Work(job)),
        };
        pushed.map_err(unqueued)?;
        answer.get().await
    }

    /// Does `work` on the thread that writes.
    async fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job(work);
        self.0.writes.push(Job::Work(job)).map_err(unqueued)?;
        answer.get().await
    }
}

impl Store for Sqlite {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(async move {
            let again = || refused("the store is open already: each app needs its own");
            if self.0.tables.get().is_some() {
                return Err(again());
            }
            let start = self.start(schemas);
            let tables = start.tables.clone();
            let open = move |connection: &mut Connection| {
                let opened = migrate::run(connection, &start)?;
                // As SQLite advises for connections that stay. It is for speed: without it an app works too.
                if let Err(error) = connection.execute_batch("PRAGMA optimize = 0x10002") {
                    tracing::warn!(%error, "SQLite could not look at its indexes");
                }
                Ok(opened)
            };
            let opened = self.on_writer(open).await?;
            self.0.tables.set(tables).map_err(|_| again())?;
            Ok(opened)
        })
    }

    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        Box::pin(self.on_reader(|connection| {
            let epoch = meta::get(connection, EPOCH)?;
            Ok(epoch.map(Into::into))
        }))
    }

    fn caps(&self) -> Caps {
        Caps {
            log: true,
            ledger: true,
            durable: match self.0.place {
                Place::File(_) => Some(self.0.durability),
                Place::Memory => None,
            },
            filter: FilterCap::Exact,
        }
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        Box::pin(async move {
            let (table, ids) = (self.table(schema)?, ids.to_vec());
            self.on_reader(move |connection| reads::get_many(connection, &table, &ids))
                .await
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async move {
            let (table, query) = (self.table(schema)?, query.clone());
            let (tables, asked) = (self.tables()?.clone(), table.clone());
            let page = self
                .on_reader(move |connection| reads::list(connection, &tables, &asked, &query))
                .await?;
            page.listing(&table)
        })
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let (table, query) = (self.table(schema)?, query.clone());
            let tables = self.tables()?.clone();
            self.on_reader(move |connection| reads::count(connection, &tables, &table, &query))
                .await
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let commit = Commit {
                transaction,
                tables: self.tables()?.clone(),
                reply,
            };
            self.0.writes.push(Job::Commit(commit)).map_err(unqueued)?;
            answer.await.map_err(|_| ended())?
        })
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        Box::pin(self.on_reader(|connection| {
            let moment = connection.transaction()?;
            log::range(&moment)
        }))
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        Box::pin(async move {
            let tables = self.tables()?.clone();
            self.on_reader(move |connection| log::since(connection, &tables, pos, limit))
                .await
        })
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        let key = key.clone();
        Box::pin(self.on_reader(move |connection| ledger::find(connection, &key)))
    }

    fn plan<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Vec<String>> {
        let start = Start {
            allowed: true,
            ..self.start(schemas)
        };
        // Migrations that were written must be run to know what else is missing, which is then undone.
        Box::pin(self.on_writer(move |connection| migrate::plan(connection, &start)))
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite")
            .field("place", &self.0.place)
            .field("load", &self.load())
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // What was handed over is still done.
        self.writes.close();
        if let Some(reads) = &self.reads {
            reads.close();
        }
        // The process may end as soon as this has returned, and shall not look as if it had been killed. What a
        // thread holds that it drops itself it cannot wait for.
        if self.mark.is_some()
            && let Some(writer) = self.writer.take()
            && writer.thread().id() != thread::current().id()
        {
            // A panic of it was told already.
            let _ = writer.join();
        }
    }
}

fn unqueued(refused: Refused) -> StoreError {
    match refused {
        Refused::Full => busy(),
        Refused::Closed => ended(),
    }
}

#[cfg(test)]
mod tests;
