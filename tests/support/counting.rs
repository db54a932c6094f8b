//! A store that counts what it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sockful::Value;
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Entry, Listing, LogRange, Opened, OperationKey, Store, StoreFuture,
    Stored, Transaction,
};

use super::store::TestStore;

pub(crate) struct Counting {
    inner: Arc<TestStore>,
    asked: Arc<AtomicUsize>,
    listed: Arc<AtomicUsize>,
    looked: Arc<AtomicUsize>,
    read: Arc<AtomicUsize>,
}

impl Counting {
    /// The store, and how often it was asked.
    pub(crate) fn new(inner: TestStore) -> (Self, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let store = Self {
            inner: Arc::new(inner),
            asked: Arc::clone(&asked),
            listed: Arc::default(),
            looked: Arc::default(),
            read: Arc::default(),
        };
        (store, asked)
    }

    /// How many rows its lists have held.
    pub(crate) fn listed(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.listed)
    }

    /// How often it was asked where its log stands.
    pub(crate) fn looked(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.looked)
    }

    /// How often it was asked what its log holds.
    pub(crate) fn read(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.read)
    }

    /// The store below, for who asks it beside the app: that is not counted.
    pub(crate) fn below(&self) -> Arc<TestStore> {
        Arc::clone(&self.inner)
    }

    fn inner(&self) -> &TestStore {
        self.asked.fetch_add(1, Ordering::SeqCst);
        &self.inner
    }
}

impl Store for Counting {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.inner.open(schemas)
    }

    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        // Like the log: now and then, for no call.
        self.inner.epoch()
    }

    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    fn get<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        id: &'a Value,
    ) -> StoreFuture<'a, Option<Stored>> {
        self.inner().get(schema, id)
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.inner().get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async move {
            let listing = self.inner().list(schema, query).await?;
            self.listed.fetch_add(listing.rows.len(), Ordering::SeqCst);
            Ok(listing)
        })
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        self.inner().count(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.inner().commit(transaction)
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        // While anybody watches this is asked now and then, for no call.
        self.looked.fetch_add(1, Ordering::SeqCst);
        self.inner.log()
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        self.read.fetch_add(1, Ordering::SeqCst);
        self.inner().since(pos, limit)
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        self.inner().answered(key)
    }
}
