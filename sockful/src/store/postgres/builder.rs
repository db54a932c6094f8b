//! How a database is opened.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio_postgres::Config;

use super::connection::Target;
use super::error::{refused, told};
use super::tls::Tls;
use super::{Inner, Postgres};
use crate::store::sql::keep::{Bounds, Keep};
use crate::store::sql::migrate::Migration;
use crate::store::{Durability, StoreError};

/// The settings of a [`Postgres`] store, made by [`Postgres::builder`].
#[derive(Clone)]
#[must_use = "the database is opened by `.open()`"]
pub struct PostgresBuilder {
    url: String,
    roots: Vec<u8>,
    schema: Option<String>,
    durability: Durability,
    pub(super) readers: usize,
    pub(super) queue: usize,
    pub(super) migrate: bool,
    pub(super) migrations: Arc<[Migration]>,
    pub(super) keep: Keep,
}

impl PostgresBuilder {
    pub(super) fn new(url: String) -> Self {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        Self {
            url,
            roots: Vec::new(),
            schema: None,
            durability: Durability::Full,
            readers: cores.clamp(2, 8),
            queue: 4_096,
            migrate: true,
            migrations: Arc::default(),
            keep: Keep::default(),
        }
    }

    /// The schema of the database that holds the tables; it is made if there is none. By default the one that the
    /// database takes where none is named: `public`, unless its `search_path` says otherwise.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = Some(name.into());
        self
    }

    /// Trusts these certificates too, as PEM: those of an authority of your own. They matter where the URL says
    /// `sslmode=require`; without it nothing is encrypted.
    #[cfg(feature = "postgres-tls")]
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots.extend_from_slice(pem.as_ref());
        self.roots.push(b'\n');
        self
    }

    /// When a commit counts as done: [`Durability::Full`], unless this says otherwise.
    ///
    /// With `Full` it is what the server has as `synchronous_commit`, so that it may wait for a standby as well, or `on`
    /// where the server has it `off`; with `Relaxed` it is `off`. A server that has `fsync` off loses what it likes.
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
    /// are made. Everything happens in one transaction, so that what cannot be in one, as `CREATE INDEX CONCURRENTLY`,
    /// fails. What was run is recorded in the table `sockful_migrations`: an app whose migrations have changed since, or
    /// that lacks one, is not built. `docs/migrations.md` in the repository has more.
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
        let tls = Tls::new(&config, &self.roots)?;
        let mut target = Target::new(config, tls);
        target.schema.clone_from(&self.schema);
        target.durability = self.durability;
        Ok(Postgres(Arc::new(Inner::new(target, self))))
    }
}

impl fmt::Debug for PostgresBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL stays out: there may be a password in it.
        f.debug_struct("PostgresBuilder")
            .field("schema", &self.schema)
            .field("durability", &self.durability)
            .field("readers", &self.readers)
            .field("queue", &self.queue)
            .field("migrate", &self.migrate)
            .field("migrations", &self.migrations)
            .field("keep", &self.keep)
            .finish_non_exhaustive()
    }
}
