//! How a database is opened.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connection::{self, Place};
use super::error::refused;
use super::job::Work;
use super::mark;
use super::queue::{Next, Queue};
use super::upkeep::Upkeep;
use super::writer::{Writer, Written};
use super::{Inner, Sqlite};
use crate::store::sql::keep::{Bounds, Keep};
use crate::store::sql::migrate::Migration;
use crate::store::{Durability, StoreError};

/// The settings of a [`Sqlite`] store, made by [`Sqlite::builder`].
#[derive(Clone, Debug)]
#[must_use = "the database is opened by `.open()`"]
pub struct SqliteBuilder {
    place: Place,
    durability: Durability,
    readers: usize,
    queue: usize,
    migrate: bool,
    migrations: Vec<Migration>,
    keep: Keep,
}

impl SqliteBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self {
            place: Place::File(path),
            durability: Durability::Full,
            readers: cores.clamp(2, 8),
            queue: 4_096,
            migrate: true,
            migrations: Vec::new(),
            keep: Keep::default(),
        }
    }

    /// Settings for a database in memory, gone with the store.
    pub fn in_memory() -> Self {
        Self {
            place: Place::Memory,
            ..Self::new(PathBuf::new())
        }
    }

    /// When a commit counts as done: [`Durability::Full`], unless this says otherwise.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many threads read: by default one for each core, from 2 to 8.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many commits, and how many reads, may wait (4,096); what comes beyond is answered
    /// [`StoreError::Unavailable`] at once.
    pub fn queue(mut self, jobs: usize) -> Self {
        self.queue = jobs.max(1);
        self
    }

    /// How long the log is kept: entries of up to this age (7 days), as long as all of them take
    /// no more than so many bytes (1 GiB). What is beyond goes soon, not at once; the newest entry always stays.
    pub fn retain(mut self, age: Duration, bytes: u64) -> Self {
        self.keep.log = Bounds { age, bytes };
        self
    }

    /// How long the answers of operations are kept: those of up to this age (24 h), as long as all of them take no more
    /// than so many bytes (1 GiB). What is beyond goes soon, not at once, the oldest first. An operation whose answer is
    /// gone is done anew when it is sent again, so keep them for longer than your clients try.
    pub fn retain_answers(mut self, age: Duration, bytes: u64) -> Self {
        self.keep.answers = Bounds { age, bytes };
        self
    }

    /// Whether missing tables, columns and indexes are made when the app is built, and [`migrations`](Self::migrations)
    /// run (yes). If not, an app whose database lacks any of them is not built, and the error has the statements.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Statements for what does not happen by itself, each text under a name that begins with its number.
    ///
    /// They are run when the app is built, in this order and each once, before tables and columns that are missing
    /// are made. Everything happens in one transaction. What was run is recorded in the table
    /// `sockful_migrations`: an app whose migrations have changed since, or that lacks one, is not built.
    /// `docs/migrations.md` in the repository has more.
    ///
    /// ```
    /// # use sockful::Sqlite;
    /// # fn main() -> Result<(), sockful::store::StoreError> {
    /// # let folder = std::env::temp_dir().join(format!("sockful-numbered-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let path = folder.join("app.db");
    /// let store = Sqlite::builder(path)
    ///     .migrations([
    ///         // include_str!("../migrations/0001_short_names.sql")
    ///         ("0001_short_names", "-- sockful: only if person exists\nUPDATE person SET name = trim(name)"),
    ///     ])
    ///     .open()?;
    /// # drop(store);
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn migrations<N, T>(mut self, migrations: impl IntoIterator<Item = (N, T)>) -> Self
    where
        N: Into<String>,
        T: Into<String>,
    {
        let migration = |(name, text): (N, T)| Migration {
            name: name.into(),
            text: text.into(),
        };
        self.migrations = migrations.into_iter().map(migration).collect();
        self
    }

    /// Opens the database, and makes it if there is none. This touches the disk, so call it before you serve.
    ///
    /// # Errors
    /// If the file cannot be opened or written, is no SQLite database, or is held by another program.
    pub fn open(self) -> Result<Sqlite, StoreError> {
        let connection = connection::writer(&self.place, self.durability)?;
        let writes = Arc::new(Queue::new(self.queue));
        let written = Arc::new(Written::default());
        let lazy = self.durability == Durability::Relaxed && matches!(self.place, Place::File(_));
        let mark = lazy.then(mark::new);
        let mut inner = Inner {
            place: self.place,
            durability: self.durability,
            migrate: self.migrate,
            migrations: self.migrations.into(),
            tables: OnceLock::new(),
            mark: mark.clone(),
            writer: None,
            writes: writes.clone(),
            reads: None,
            written: written.clone(),
        };
        let writer = Writer {
            connection,
            queue: writes,
            upkeep: Upkeep::new(self.keep),
            written,
            mark,
        };
        inner.writer = Some(start("sockful-write", move || writer.run())?);
        if let Place::File(_) = inner.place {
            let reads = Arc::new(Queue::new(self.queue));
            inner.reads = Some(reads.clone());
            for _ in 0..self.readers {
                let connection = connection::reader(&inner.place)?;
                let reads = reads.clone();
                start("sockful-read", move || read(connection, &reads))?;
            }
        }
        Ok(Sqlite(Arc::new(inner)))
    }
}

/// Reads until the queue is closed and empty.
fn read(mut connection: rusqlite::Connection, queue: &Queue<Work>) {
    loop {
        match queue.pop(Duration::MAX) {
            Next::Job(work) => work(&mut connection),
            Next::Quiet => {}
            Next::Closed => return,
        }
    }
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = thread::Builder::new().name(name.to_owned());
    let started = thread.spawn(body);
    started.map_err(|error| refused(format!("no thread could be started: {error}")))
}
