//! The resource written by hand on rusqlite, for this one struct and as fast as we can: a thread that writes in
//! groups, threads that read, statements that stay prepared, no SQL made at run time.
//!
//! It works on a database that our store has made, with the same settings, and writes what ours writes: rows with a
//! revision, entries of the log, answers of operations. What it leaves out: it trusts that nobody else writes to the
//! database, never shortens the log, gives up the whole group when a statement fails unforeseen, and reads on for those who
//! listen no more.

mod reader;
mod writer;

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use sockful::store::rusqlite;
use tokio::sync::oneshot;

use self::reader::Ask;
use self::writer::{Job, Writer};
use crate::creature::Creature;
use crate::stores::Sync;

/// How many jobs may wait, as with ours.
const QUEUE: usize = 4_096;

/// A record and its revision.
pub(crate) type Kept = (Creature, u64);

/// The records. Its threads end when it is dropped.
pub(crate) struct Creatures {
    jobs: crossbeam_channel::Sender<Job>,
    asks: crossbeam_channel::Sender<Ask>,
}

impl Creatures {
    /// Opens a database that our store has made.
    pub(crate) fn open(database: &Path, sync: Sync) -> rusqlite::Result<Self> {
        let connection = connect(database)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match sync {
            Sync::Full => "FULL",
            Sync::Relaxed => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        connection.execute_batch("PRAGMA optimize = 0x10002")?;

        let (jobs, queue) = crossbeam_channel::bounded(QUEUE);
        thread::spawn(move || match Writer::new(&connection) {
            Ok(mut writer) => writer.run(&queue),
            Err(error) => crate::note(&format!("the writer of rusqlite: {error}")),
        });
        let (asks, queue) = crossbeam_channel::bounded(QUEUE);
        let cores = thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores.clamp(2, 8) {
            let (connection, queue) = (connect(database)?, queue.clone());
            connection.pragma_update(None, "query_only", true)?;
            thread::spawn(move || {
                if let Err(error) = reader::run(&connection, &queue) {
                    crate::note(&format!("a reader of rusqlite: {error}"));
                }
            });
        }
        Ok(Self { jobs, asks })
    }

    /// Creates a record, and records the answer of its operation, if it has one.
    pub(crate) async fn create(
        &self,
        creature: Creature,
        operation: Option<String>,
    ) -> io::Result<Kept> {
        self.job(|reply| Job::Create {
            creature,
            operation,
            reply,
        })
        .await
    }

    /// Changes two fields of a record.
    pub(crate) async fn update(
        &self,
        id: String,
        hunger: u8,
        tags: Vec<String>,
    ) -> io::Result<Kept> {
        self.job(|reply| Job::Update {
            id,
            hunger,
            tags,
            reply,
        })
        .await
    }

    pub(crate) async fn get(&self, id: String) -> io::Result<Option<Kept>> {
        self.ask(|reply| Ask::Get { id, reply }).await
    }

    /// The records from this name on, whether there are more, and the position of the log of that moment.
    pub(crate) async fn list(&self, name: String) -> io::Result<reader::Listed> {
        self.ask(|reply| Ask::List { name, reply }).await
    }

    async fn job(&self, job: impl FnOnce(Reply<Kept>) -> Job) -> io::Result<Kept> {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(job(reply)).map_err(io::Error::other)?;
        let answer = answer.await.map_err(io::Error::other)?;
        answer.map_err(io::Error::other)
    }

    async fn ask<T>(&self, ask: impl FnOnce(Reply<T>) -> Ask) -> io::Result<T> {
        let (reply, answer) = oneshot::channel();
        self.asks.try_send(ask(reply)).map_err(io::Error::other)?;
        let answer = answer.await.map_err(io::Error::other)?;
        answer.map_err(io::Error::other)
    }
}

/// Who waits for an answer.
type Reply<T> = oneshot::Sender<Told<T>>;

/// An answer, or what went wrong.
type Told<T> = Result<T, String>;

fn connect(database: &Path) -> rusqlite::Result<Connection> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE
        | rusqlite::OpenFlags::SQLITE_OPEN_CREATE
        | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(connection)
}

/// A row: the fields of a creature, then its revision.
fn kept(row: &rusqlite::Row<'_>) -> Told<Kept> {
    let text = |place| {
        let value = row.get_ref(place).map_err(told)?;
        value.as_str().map_err(told)
    };
    let kind = row.get_ref(3).map_err(told)?;
    let kind = kind.as_str_or_null().map_err(told)?;
    let creature = Creature {
        id: text(0)?.to_owned(),
        name: text(1)?.to_owned(),
        hunger: row.get(2).map_err(told)?,
        kind: kind.map(serde_json::from_str).transpose().map_err(told)?,
        tags: serde_json::from_str(text(4)?).map_err(told)?,
    };
    let rev: i64 = row.get(5).map_err(told)?;
    Ok((creature, rev.unsigned_abs()))
}

fn told(error: impl ToString) -> String {
    error.to_string()
}
