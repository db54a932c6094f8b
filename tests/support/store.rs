//! The store that most tests run on.

use std::sync::{Arc, mpsc};

use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Entry, Listing, LogRange, Opened, OperationKey, Store, StoreFuture,
    Stored, Transaction,
};
use sockful::{Memory, Sqlite, Value};
use tokio::task::spawn_blocking;

use super::postgres;

/// An empty store: in memory, unless `SOCKFUL_TEST_STORE` is `sqlite` or `postgres`.
pub(crate) fn store() -> TestStore {
    match std::env::var("SOCKFUL_TEST_STORE").as_deref() {
        Err(_) | Ok("memory") => TestStore::here(Memory::new()),
        Ok("sqlite") => TestStore::elsewhere(Sqlite::in_memory().expect("there is memory")),
        Ok("postgres") => TestStore::elsewhere(postgres::store(&postgres::fresh_name())),
        Ok(other) => panic!("SOCKFUL_TEST_STORE is `{other}`: no store has this name"),
    }
}

/// Whether most tests run in memory.
pub(crate) fn is_memory() -> bool {
    !std::env::var("SOCKFUL_TEST_STORE").is_ok_and(|store| store != "memory")
}

/// Whichever store it is.
pub(crate) struct TestStore {
    inner: Box<dyn Store>,
    /// Whether it works where tokio does not look: on threads of its own, or in another process.
    threads: bool,
}

impl TestStore {
    /// A store that works on threads of its own, or in another process.
    pub(crate) fn elsewhere(store: impl Store) -> Self {
        Self {
            inner: Box::new(store),
            threads: true,
        }
    }

    /// A store that does everything where it is asked.
    pub(crate) fn here(store: impl Store) -> Self {
        Self {
            inner: Box::new(store),
            threads: false,
        }
    }

    /// Keeps a paused clock still while the store works: it would run on to the next timeout, because tokio
    /// has nothing else to do. While a blocking task runs it does not.
    fn wait<'a, T: Send + 'a>(&self, work: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        if !self.threads {
            return work;
        }
        Box::pin(async {
            let (done, wait) = mpsc::channel::<()>();
            spawn_blocking(move || {
                let _ = wait.recv();
            });
            let answer = work.await;
            drop(done);
            answer
        })
    }
}

impl Store for TestStore {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.wait(self.inner.open(schemas))
    }

    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        self.wait(self.inner.epoch())
    }

    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    fn get<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        id: &'a Value,
    ) -> StoreFuture<'a, Option<Stored>> {
        self.wait(self.inner.get(schema, id))
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.wait(self.inner.get_many(schema, ids))
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.wait(self.inner.list(schema, query))
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        self.wait(self.inner.count(schema, query))
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.wait(self.inner.commit(transaction))
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.wait(self.inner.log())
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        self.wait(self.inner.since(pos, limit))
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        self.wait(self.inner.answered(key))
    }
}
