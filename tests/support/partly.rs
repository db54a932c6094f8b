//! A store that cannot filter or sort by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sockful::describe::Schema;
use sockful::query::{Filter, Path, Query, Test};
use sockful::store::{
    Caps, Committed, FilterCap, Listing, Opened, Store, StoreFuture, Stored, Transaction,
};
use sockful::{Memory, Value as Column};

/// A store in memory that does no more of a query than it says.
pub(crate) struct Partly {
    memory: Memory,
    filter: FilterCap,
    listed: Arc<AtomicUsize>,
}

impl Partly {
    /// One that does so much of a query, and how often it has listed.
    pub(crate) fn new(filter: FilterCap) -> (Self, Arc<AtomicUsize>) {
        let listed = Arc::new(AtomicUsize::new(0));
        let store = Self {
            memory: Memory::new(),
            filter,
            listed: Arc::clone(&listed),
        };
        (store, listed)
    }
}

impl Store for Partly {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.memory.open(schemas)
    }

    fn caps(&self) -> Caps {
        let mut caps = self.memory.caps();
        caps.filter = self.filter;
        caps
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Column],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.memory.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        assert!(
            query.sort.is_empty() && query.skip == 0 && query.each.is_none(),
            "not asked of this store"
        );
        let mut query = query.clone();
        query.filter = match self.filter {
            // Ids up to `b` whatever is asked, which may be more than asked.
            FilterCap::Inexact => {
                let first = Test::AtMost(Column::Text("b".into()));
                query.filter.or(Filter::Test(Path::field(schema.id), first))
            }
            _ => Filter::all(),
        };
        // The core asks for large pages: small ones, so that there are several.
        query.limit = query.limit.map(|limit| if limit > 100 { 2 } else { limit });
        self.listed.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { self.memory.list(schema, &query).await })
    }

    fn count<'a>(&'a self, _: &'a Arc<Schema>, _: &'a Query) -> StoreFuture<'a, u64> {
        panic!("not asked of this store")
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.memory.commit(transaction)
    }
}
