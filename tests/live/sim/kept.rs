//! Where the records of a simulated world are, while no server runs as well.

use std::sync::Arc;

use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Entry, Listing, LogRange, Opened, OperationKey, Store, StoreFuture,
    Stored, Transaction,
};
use sockful::{Memory, Sqlite, Value};
use tokio::sync::OnceCell;

use crate::support::folder::Folder;
use crate::support::postgres;
use crate::support::store::TestStore;

/// Which store a world has.
///
/// What a store does is not simulated where it does it on threads of its own, or in another process: the clock of the
/// server stands still for as long as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Memory,
    Sqlite,
    Postgres,
}

/// The records of one world.
pub(super) enum Kept {
    Memory(Shared),
    Sqlite(Folder),
    /// In a schema of this name.
    Postgres(String),
}

impl Kept {
    /// None so far.
    pub(super) fn nothing(kind: Kind) -> Self {
        match kind {
            Kind::Memory => Self::Memory(Shared::default()),
            Kind::Sqlite => Self::Sqlite(Folder::new("sim")),
            Kind::Postgres => Self::Postgres(postgres::fresh_name()),
        }
    }

    /// The store of a server that begins.
    pub(super) fn open(&self) -> TestStore {
        match self {
            Self::Memory(shared) => TestStore::here(shared.clone()),
            Self::Sqlite(folder) => {
                let store = Sqlite::open(folder.path().join("app.db"));
                TestStore::elsewhere(store.expect("a database"))
            }
            Self::Postgres(name) => TestStore::elsewhere(postgres::store(name)),
        }
    }
}

/// A store in memory that outlives the apps on it, with its epoch, as one on a disk does.
#[derive(Clone, Default)]
pub(super) struct Shared {
    memory: Arc<Memory>,
    opened: Arc<OnceCell<Opened>>,
}

impl Store for Shared {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(async {
            let opened = self.opened.get_or_try_init(|| self.memory.open(schemas));
            opened.await.cloned()
        })
    }

    fn caps(&self) -> Caps {
        self.memory.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.memory.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.memory.list(schema, query)
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        self.memory.count(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.memory.commit(transaction)
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.memory.log()
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        self.memory.since(pos, limit)
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        self.memory.answered(key)
    }
}
