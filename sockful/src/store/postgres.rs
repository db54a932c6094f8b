//! Records in a PostgreSQL database, which several servers may share.
//!
//! One connection writes, several read beside it. Only this file and the folder of its name know PostgreSQL. Read
//! `writer.rs` first, then `batch.rs` and `commit.rs`.

mod batch;
mod builder;
mod commit;
mod connection;
mod dialect;
mod error;
#[cfg(feature = "sqlite")]
mod import;
mod inspect;
mod json;
mod keys;
mod ledger;
mod life;
mod log;
mod meta;
mod migrate;
mod numbered;
mod own;
mod readers;
mod reads;
mod row;
mod rows;
mod split;
mod tables;
mod tls;
mod touched;
mod upkeep;
mod writer;

pub use self::builder::PostgresBuilder;
#[cfg(feature = "sqlite")]
pub use self::import::Imported;

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::connection::{Link, Role, Target};
use self::error::{busy, ended, refused};
use self::life::{Life, SYNCED};
use self::log::Layouts;
use self::migrate::Start;
use self::readers::Readers;
use self::tables::{Table, Tables};
use self::upkeep::Upkeep;
use self::writer::{Commit, Writer, Written};
use super::sql::meta::{EPOCH, new_epoch};
use super::{
    Answered, Caps, Committed, Entry, FilterCap, Listing, LogRange, Opened, OperationKey, Store,
    StoreError, StoreFuture, Stored, Transaction,
};
use crate::query::Query;
use crate::row::Value;
use crate::schema::Schema;

/// A store in a PostgreSQL database, version 13 or newer (tested on 15). Cloning shares it; its connections end when the last clone
/// is dropped.
///
/// Each resource has a table of its name with a column for each field, beside tables whose names begin with
/// `sockful_`. Other programs may use the database at any time. What they write to it is answered to
/// requests, but nobody is told of it: it is not in the log. A commit waits about a second for a row or a table that
/// they hold, then it is answered [`StoreError::Unavailable`] and not done. Commits that share its transaction wait with
/// it, and are done without it; after 30 seconds of this, those that are left are answered the same.
///
/// Several servers may use one database at once: their commits have one order, and each knows the operations
/// of the others.
///
/// While the database cannot be reached everything is answered [`StoreError::Unavailable`] at once, and the store
/// connects again by itself. A commit that was on its way meanwhile is looked for once there is a connection, and
/// answered as it came out. If there is none for 30 seconds it is answered `Unavailable` too, and may have been done: a
/// retry with an operation id is safe.
///
/// Text in a field that is `index`, `unique` or the id may have about 2,700 bytes: PostgreSQL can have no more in an index,
/// and what is longer fails. A table of others whose `unique` field has an index that is no deferrable constraint is
/// taken as it is, but records cannot swap the values of that field in one transaction.
///
/// It works in the tokio runtime the app is built in, and needs connections of its own: a pooler that gives each
/// transaction to another session will not do.
///
/// ```
/// use sockful::Postgres;
///
/// # fn main() -> Result<(), sockful::store::StoreError> {
/// let store = Postgres::open("postgres://app@localhost/app")?;
/// # drop(store);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Postgres(Arc<Inner>);

struct Inner {
    target: Target,
    settings: PostgresBuilder,
    running: OnceLock<Running>,
    written: Arc<Written>,
    layouts: Arc<Layouts>,
}

/// What there is once the store is open.
struct Running {
    tables: Arc<Tables>,
    writes: mpsc::Sender<Commit>,
    reads: Readers,
    _closing: DropGuard,
}

/// What a [`Postgres`] store is busy with, and what it has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresLoad {
    /// Commits that wait.
    pub waiting_commits: usize,
    /// Reads that wait.
    pub waiting_reads: usize,
    /// Commits of this store since it was opened.
    pub commits: u64,
    /// Transactions of the database that these commits took: those that wait together share one.
    pub transactions: u64,
}

impl Inner {
    fn new(target: Target, settings: PostgresBuilder) -> Self {
        Self {
            target,
            settings,
            running: OnceLock::new(),
            written: Arc::default(),
            layouts: Arc::default(),
        }
    }

    fn running(&self) -> Result<&Running, StoreError> {
        let unopened = || StoreError::Failed("the store was not opened".into());
        self.running.get().ok_or_else(unopened)
    }

    /// What a start asks of the database.
    async fn start(&self, link: &Link, schemas: &[Arc<Schema>]) -> Result<Start, StoreError> {
        let schema = match &self.target.schema {
            Some(schema) => schema.clone(),
            None => {
                let row = link.one("SELECT current_schema()", Vec::new()).await?;
                let schema: Option<&str> = row.try_get(0)?;
                let schema = schema.ok_or_else(|| {
                    refused("the `search_path` of the database names no schema there is")
                })?;
                schema.to_owned()
            }
        };
        let digest = Sha256::digest(format!("sockful:{schema}"));
        let mut key = [0; 8];
        key.copy_from_slice(&digest[..8]);
        Ok(Start {
            tables: Arc::new(Tables::new(schemas, Table::new)),
            migrations: self.settings.migrations.clone(),
            allowed: self.settings.migrate,
            schema,
            lock: i64::from_be_bytes(key),
        })
    }
}

impl Postgres {
    /// A store in the database of this URL, such as `postgres://user:password@host:5432/database`. Nothing is
    /// connected to yet: that happens when the app is built.
    ///
    /// # Errors
    /// As [`PostgresBuilder::open`].
    pub fn open(url: impl Into<String>) -> Result<Self, StoreError> {
        Self::builder(url).open()
    }

    /// Settings for the database of this URL. Whatever a URL of PostgreSQL may hold is taken, several hosts as well:
    /// then the one that takes writes is used.
    pub fn builder(url: impl Into<String>) -> PostgresBuilder {
        PostgresBuilder::new(url.into())
    }

    /// Begins another life of the log: whoever follows it sees another epoch and has to start anew. Call it, before an app is
    /// built, on a database whose files were copied, or put in the place of later ones, or whose rows were restored into
    /// the tables that were there: the positions that it gives next were, or will be, given elsewhere. That a standby
    /// has taken over, and that a dump was restored with its tables, is seen without this.
    ///
    /// # Errors
    /// If the database cannot be reached or written to.
    pub async fn renew_epoch(&self) -> Result<(), StoreError> {
        let link = self.0.target.connect(Role::Writes).await?;
        let text = "SELECT to_regclass('sockful_meta') IS NOT NULL";
        if !link.one(text, Vec::new()).await?.try_get::<_, bool>(0)? {
            // Its first life is yet to begin.
            return Ok(());
        }
        link.execute("BEGIN").await?;
        link.execute(SYNCED).await?;
        meta::set(&link, EPOCH, &new_epoch()).await?;
        Ok(link.execute("COMMIT").await?)
    }

    /// What the store is busy with, and what it has done.
    #[must_use]
    pub fn load(&self) -> PostgresLoad {
        let running = self.0.running.get();
        let written = &self.0.written;
        PostgresLoad {
            waiting_commits: running
                .map_or(0, |it| it.writes.max_capacity() - it.writes.capacity()),
            waiting_reads: running.map_or(0, |it| it.reads.waiting()),
            commits: written.commits.load(Ordering::Relaxed),
            transactions: written.transactions.load(Ordering::Relaxed),
        }
    }

    async fn run(&self, schemas: &[Arc<Schema>]) -> Result<Opened, StoreError> {
        let Inner {
            target,
            settings,
            running,
            written,
            ..
        } = &*self.0;
        let link = target.connect(Role::Writes).await?;
        let life = Life::of(&link, target).await?;
        let start = self.0.start(&link, schemas).await?;
        let opened = migrate::run(&link, &start, &life).await?;
        let Start { tables, lock, .. } = start;
        let closing = CancellationToken::new();
        let reads = Readers::open(target, settings.readers, settings.queue, &closing).await?;
        let (writes, queue) = mpsc::channel(settings.queue);
        let set = running.set(Running {
            tables: tables.clone(),
            writes,
            reads,
            _closing: closing.clone().drop_guard(),
        });
        set.map_err(|_| refused("the store is open already: each app needs its own"))?;
        let writer = Writer {
            target: target.clone(),
            tables,
            lock,
            link,
            queue,
            written: written.clone(),
        };
        tokio::spawn(writer.run());
        let upkeep = Upkeep {
            target: target.clone(),
            keep: settings.keep,
            // Another than that of the writers, who do not wait for it.
            lock: lock.wrapping_add(1),
            written: written.clone(),
        };
        tokio::spawn(async move { closing.run_until_cancelled(upkeep.run()).await });
        Ok(opened)
    }

    /// Asks for something of one table.
    async fn on_table<T, F>(
        &self,
        schema: &Schema,
        work: impl FnOnce(Arc<Link>, Arc<Tables>, Arc<Table>) -> F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let running = self.0.running()?;
        let table = running.tables.of(schema)?.clone();
        let tables = Arc::clone(&running.tables);
        running.reads.read(|link| work(link, tables, table)).await
    }
}

impl Store for Postgres {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(self.run(schemas))
    }

    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        Box::pin(async move {
            let reads = &self.0.running()?.reads;
            let epoch = |link: Arc<Link>| async move { meta::get(&link, EPOCH).await };
            Ok(reads.read(epoch).await?.map(Into::into))
        })
    }

    fn caps(&self) -> Caps {
        Caps {
            log: true,
            ledger: true,
            durable: Some(self.0.target.durability),
            filter: FilterCap::Exact,
        }
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        let ids = ids.to_vec();
        let get = |link: Arc<Link>, _, table: Arc<Table>| async move {
            reads::get_many(&link, &table, &ids).await
        };
        Box::pin(self.on_table(schema, get))
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        let query = query.clone();
        let list = |link: Arc<Link>, tables: Arc<Tables>, table: Arc<Table>| async move {
            reads::list(&link, &tables, &table, &query).await
        };
        Box::pin(self.on_table(schema, list))
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        let query = query.clone();
        let count = |link: Arc<Link>, tables: Arc<Tables>, table: Arc<Table>| async move {
            reads::count(&link, &tables, &table, &query).await
        };
        Box::pin(self.on_table(schema, count))
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let commit = Commit { transaction, reply };
            let sent = self.0.running()?.writes.try_send(commit);
            sent.map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => busy(),
                mpsc::error::TrySendError::Closed(_) => ended(),
            })?;
            answer.await.map_err(|_| ended())?
        })
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        Box::pin(async move {
            let reads = &self.0.running()?.reads;
            reads
                .read(|link| async move { log::range(&link).await })
                .await
        })
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        Box::pin(async move {
            let Running { tables, reads, .. } = self.0.running()?;
            let (tables, layouts) = (tables.clone(), self.0.layouts.clone());
            let since = |link: Arc<Link>| async move {
                log::since(&link, &tables, &layouts, (pos, limit)).await
            };
            reads.read(since).await
        })
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        let key = key.clone();
        Box::pin(async move {
            let reads = &self.0.running()?.reads;
            let find = |link: Arc<Link>| async move { ledger::find(&link, &key).await };
            reads.read(find).await
        })
    }

    fn plan<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            // It may be asked before the store is open.
            let link = self.0.target.connect(Role::Writes).await?;
            let start = self.0.start(&link, schemas).await?;
            migrate::plan(&link, &start).await
        })
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres")
            .field("target", &self.0.target.name())
            .field("load", &self.load())
            .finish_non_exhaustive()
    }
}
