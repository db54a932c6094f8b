//! A store to which happens what a test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sockful::Value;
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Entry, Listing, LogRange, Opened, OperationKey, Store, StoreError,
    StoreFuture, Stored, Transaction,
};
use tokio::sync::OnceCell;

use super::gate::Gate;
use super::store::TestStore;

/// Outlives the apps on it, in the same life of its log. Clones are the same store.
#[derive(Clone)]
pub(crate) struct Staged(Arc<Inner>);

struct Inner {
    store: TestStore,
    opened: OnceCell<Opened>,
    /// The log is kept behind this position.
    floor: AtomicU64,
    /// Whoever is about to read a list passes the first, and who has read it the second.
    asks: Gate,
    lists: Gate,
}

impl Staged {
    pub(crate) fn new(store: TestStore) -> Self {
        Self(Arc::new(Inner {
            store,
            opened: OnceCell::new(),
            floor: AtomicU64::new(0),
            asks: Gate::new(),
            lists: Gate::new(),
        }))
    }

    /// Keeps nothing of its log up to now.
    pub(crate) async fn prune(&self) {
        let log = self.0.store.log().await.expect("a log");
        self.0.floor.store(log.to, Ordering::SeqCst);
    }

    /// Where lists are held up that were not read yet.
    pub(crate) fn asks(&self) -> &Gate {
        &self.0.asks
    }

    /// Where lists are held up that were read already.
    pub(crate) fn lists(&self) -> &Gate {
        &self.0.lists
    }
}

impl Store for Staged {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(async {
            let opened = self.0.opened.get_or_try_init(|| self.0.store.open(schemas));
            opened.await.cloned()
        })
    }

    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        self.0.store.epoch()
    }

    fn caps(&self) -> Caps {
        self.0.store.caps()
    }

    fn get<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        id: &'a Value,
    ) -> StoreFuture<'a, Option<Stored>> {
        self.0.store.get(schema, id)
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.0.store.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async {
            self.0.asks.pass().await;
            let listing = self.0.store.list(schema, query).await;
            self.0.lists.pass().await;
            listing
        })
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        self.0.store.count(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.0.store.commit(transaction)
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.0.store.log()
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        let from = self.0.floor.load(Ordering::SeqCst);
        if pos < from {
            return Box::pin(std::future::ready(Err(StoreError::Pruned { from })));
        }
        self.0.store.since(pos, limit)
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        self.0.store.answered(key)
    }
}
