//! The store under test, and short words for what is asked of it.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::{MaybeDone, join_all, maybe_done};

use super::Place;
use super::resources::{account, member, note, sample};
use crate::query::Query;
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{
    Caps, Committed, Expect, Listing, Opened, Operation, OperationKey, Read, Store, StoreError,
    Stored, Transaction, Write,
};

type Made = Pin<Box<dyn Future<Output = Arc<dyn Store>> + Send>>;

/// Makes the stores that are tested.
pub(super) struct Subject {
    make: Box<dyn Fn(Place) -> Made + Send + Sync>,
}

/// One store, open.
pub(super) struct Open {
    pub(super) store: Arc<dyn Store>,
    pub(super) opened: Opened,
    pub(super) caps: Caps,
    place: Place,
}

/// Runs a behaviour to its end, on one thread.
pub(super) fn run<T>(behaviour: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .unwrap_or_else(|error| panic!("no runtime: {error}"))
        .block_on(behaviour)
}

/// Says that a behaviour asks for what this store does not promise.
pub(super) fn not_promised(what: &str) {
    eprintln!("nothing to hold: the store promises no {what}");
}

impl Subject {
    pub(super) fn new<M, F, S>(make: M) -> Self
    where
        M: Fn(Place) -> F + Send + Sync + 'static,
        F: Future<Output = S> + Send + 'static,
        S: Store,
    {
        Self {
            make: Box::new(move |place| {
                let made = make(place);
                Box::pin(async move { Arc::new(made.await) as Arc<dyn Store> })
            }),
        }
    }

    /// A store with nothing in it, not open.
    pub(super) async fn unopened(&self, place: &Place) -> Arc<dyn Store> {
        (self.make)(place.clone()).await
    }

    /// A store with nothing in it, open for the resources of the suite.
    pub(super) async fn open(&self) -> Open {
        self.open_for(&schemas()).await
    }

    /// A store with nothing in it, open for these.
    pub(super) async fn open_for(&self, schemas: &[Arc<Schema>]) -> Open {
        self.open_at(Place::new(), schemas).await
    }

    async fn open_at(&self, place: Place, schemas: &[Arc<Schema>]) -> Open {
        let store = self.unopened(&place).await;
        let opened = store.open(schemas).await.expect("the store opens");
        Open {
            caps: store.caps(),
            store,
            opened,
            place,
        }
    }

    /// Closes a store, and opens it again.
    pub(super) async fn reopen(&self, open: Open) -> Open {
        let Open { store, place, .. } = open;
        drop(store);
        self.open_at(place, &schemas()).await
    }

    /// Closes a store, and makes it again without opening it.
    pub(super) async fn remake(&self, open: Open) -> Arc<dyn Store> {
        let Open { store, place, .. } = open;
        drop(store);
        self.unopened(&place).await
    }
}

/// The resources of the suite.
pub(super) fn schemas() -> [Arc<Schema>; 4] {
    [sample(), account(), member(), note()]
}

impl Open {
    pub(super) async fn try_commit(
        &self,
        writes: impl Into<Vec<Write>>,
    ) -> Result<Committed, StoreError> {
        self.store.commit(transaction(writes)).await
    }

    /// A commit that must succeed.
    pub(super) async fn commit(&self, writes: impl Into<Vec<Write>>) -> Committed {
        let committed = self.try_commit(writes).await;
        committed.unwrap_or_else(|error| panic!("the commit failed: {error}"))
    }

    /// Creates records in one commit.
    pub(super) async fn create_all(&self, schema: &Arc<Schema>, rows: &[Row]) -> Committed {
        let writes: Vec<_> = rows.iter().map(|row| create(schema, row)).collect();
        self.commit(writes).await
    }

    /// Creates one record, and answers its revision.
    pub(super) async fn create(&self, schema: &Arc<Schema>, row: &Row) -> u64 {
        self.create_all(schema, std::slice::from_ref(row)).await.pos
    }

    pub(super) async fn get(&self, schema: &Arc<Schema>, id: impl Into<Id>) -> Option<Stored> {
        let Id(id) = id.into();
        let stored = self.store.get(schema, &id).await;
        stored.unwrap_or_else(|error| panic!("no row could be read: {error}"))
    }

    pub(super) async fn list(&self, schema: &Arc<Schema>, query: &Query) -> Listing {
        let listing = self.store.list(schema, query).await;
        listing.unwrap_or_else(|error| panic!("{query:?} failed: {error}"))
    }

    pub(super) async fn count(&self, schema: &Arc<Schema>, query: &Query) -> u64 {
        let count = self.store.count(schema, query).await;
        count.unwrap_or_else(|error| panic!("{query:?} failed: {error}"))
    }

    /// The ids of what a query lists.
    pub(super) async fn ids(&self, schema: &Arc<Schema>, query: &Query) -> Vec<Value> {
        let rows = self.list(schema, query).await.rows;
        rows.into_iter()
            .map(|stored| stored.row[schema.id].clone())
            .collect()
    }

    /// Every row there is, by id.
    pub(super) async fn all(&self, schema: &Arc<Schema>) -> Vec<Row> {
        let rows = self.list(schema, &Query::default()).await.rows;
        rows.into_iter().map(|stored| stored.row).collect()
    }

    /// The position of the newest commit.
    pub(super) async fn pos(&self) -> u64 {
        let nothing = Query {
            limit: Some(0),
            ..Query::default()
        };
        self.list(&sample(), &nothing).await.pos
    }
}

/// An id, as tests like to write it.
pub(super) struct Id(pub(super) Value);

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self(Value::Text(id.into()))
    }
}

impl From<i64> for Id {
    fn from(id: i64) -> Self {
        Self(Value::Int(id))
    }
}

impl From<&Value> for Id {
    fn from(id: &Value) -> Self {
        Self(id.clone())
    }
}

pub(super) fn transaction(writes: impl Into<Vec<Write>>) -> Transaction {
    Transaction {
        writes: writes.into(),
        ..Transaction::default()
    }
}

pub(super) fn create(schema: &Arc<Schema>, row: &Row) -> Write {
    Write {
        schema: Arc::clone(schema),
        id: row[schema.id].clone(),
        expect: Expect::Absent,
        row: Some(row.clone()),
    }
}

pub(super) fn replace(schema: &Arc<Schema>, row: &Row, rev: u64) -> Write {
    Write {
        expect: Expect::Rev(rev),
        ..create(schema, row)
    }
}

pub(super) fn destroy(schema: &Arc<Schema>, id: impl Into<Id>, rev: u64) -> Write {
    let Id(id) = id.into();
    Write {
        schema: Arc::clone(schema),
        id,
        expect: Expect::Rev(rev),
        row: None,
    }
}

pub(super) fn read(schema: &Arc<Schema>, id: impl Into<Id>, rev: u64) -> Read {
    let Id(id) = id.into();
    Read {
        schema: Arc::clone(schema),
        id,
        expect: Expect::Rev(rev),
    }
}

/// A read that found nothing.
pub(super) fn missed(schema: &Arc<Schema>, id: impl Into<Id>) -> Read {
    Read {
        expect: Expect::Absent,
        ..read(schema, id, 0)
    }
}

pub(super) fn key(user: &str, op: &str) -> OperationKey {
    OperationKey {
        user: user.into(),
        op: op.into(),
    }
}

/// An operation with this answer.
pub(super) fn operation(key: &OperationKey, answer: &str) -> Operation {
    let answer: Box<str> = answer.into();
    Operation {
        key: key.clone(),
        request: [7; 32],
        answer: Box::new(move |_| answer.clone()),
    }
}

/// Polls it once: its place in the order is taken then.
pub(super) async fn begin<F: Future + Unpin>(future: F) -> MaybeDone<F> {
    let mut future = maybe_done(future);
    std::future::poll_fn(|cx| {
        let _ = Pin::new(&mut future).poll(cx);
        std::task::Poll::Ready(())
    })
    .await;
    future
}

/// Waits for what was [begun](begin).
pub(super) async fn finish<F: Future + Unpin>(mut begun: MaybeDone<F>) -> F::Output {
    (&mut begun).await;
    let output = Pin::new(&mut begun).take_output();
    output.expect("what was awaited is done")
}

/// Waits for all of them, each of which may have to wait for those before it.
pub(super) async fn finish_all<F: Future + Unpin>(begun: Vec<MaybeDone<F>>) -> Vec<F::Output> {
    join_all(begun.into_iter().map(finish)).await
}

/// Whether both hold the same values. A nested value may be written in another way.
pub(super) fn same(a: &Row, b: &Row) -> bool {
    a.says_what(b)
}

/// The same for rows that may be missing.
pub(super) fn same_or_none(a: Option<&Row>, b: Option<&Row>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

#[track_caller]
pub(super) fn assert_same(found: &Row, stored: &Row) {
    assert!(same(found, stored), "{found:?} came back for {stored:?}");
}

#[track_caller]
pub(super) fn assert_all_same(found: &[Row], stored: &[Row]) {
    let alike = found.iter().zip(stored).all(|(a, b)| same(a, b));
    assert!(
        found.len() == stored.len() && alike,
        "{found:#?} came back for {stored:#?}"
    );
}
