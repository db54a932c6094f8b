//! How a database is opened.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio_postgres::Config;

use super::connection::Target;
use super::error::{refused, told};
use super::upkeep::Keep;
use super::{Inner, Postgres, tls};
use crate::store::{Durability, StoreError};

/// The settings of a [`Postgres`] store, made by [`Postgres::builder`].
#[derive(Clone, Debug)]
#[must_use = "the database is opened by `.open()`"]
pub struct PostgresBuilder {
    url: String,
    schema: Option<String>,
    durability: Durability,
    pub(super) readers: usize,
    pub(super) queue: usize,
    pub(super) migrate: bool,
    pub(super) keep: Keep,
}

impl PostgresBuilder {
    pub(super) fn new(url: String) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self {
            url,
            schema: None,
            durability: Durability::Full,
            readers: cores.clamp(2, 8),
            queue: 4_096,
            migrate: true,
            keep: Keep {
                age: Duration::from_secs(7 * 24 * 60 * 60),
                bytes: 1 << 30,
                answers: Duration::from_secs(24 * 60 * 60),
            },
        }
    }

    /// The schema of the database that holds the tables; it is made if there is none. By default the one that the
    /// database takes where none is named: `public`, unless its `search_path` says otherwise.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = Some(name.into());
        self
    }

    /// When a commit counts as done: [`Durability::Full`], unless this says otherwise.
    ///
    /// With `Full` it is what the server has as `synchronous_commit`, so that it may wait for a standby as well;
    /// with `Relaxed` that is `off`.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many connections read: by default one for each core, from 2 to 8. Beside them there are one that
    /// writes and one that tidies up.
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
        self.keep.age = age;
        self.keep.bytes = bytes;
        self
    }

    /// How long the answers of operations are kept at least (24 h): a retry that comes later is done anew.
    pub fn retain_answers(mut self, age: Duration) -> Self {
        self.keep.answers = age;
        self
    }

    /// Whether missing tables, columns and indexes are made when the app is built (yes). If not, an app whose
    /// database lacks any of them is not built.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Takes these settings. Nothing is connected to yet: that happens when the app is built.
    ///
    /// # Errors
    /// If the URL is none, or asks for what this build cannot do.
    pub fn open(self) -> Result<Postgres, StoreError> {
        let config: Config = self.url.parse().map_err(|error| {
            // Its text stays out: there may be a password in it.
            refused(format!("the URL of the database: {}", told(&error)))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(refused("the URL of the database names no host"));
        }
        tls::check(&config)?;
        let mut target = Target::new(config);
        target.schema.clone_from(&self.schema);
        target.durability = self.durability;
        Ok(Postgres(Arc::new(Inner::new(target, self))))
    }
}
