//! Creates of one connection do not wait for the disk one by one.

use std::sync::Arc;
use std::sync::Mutex;

use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Listing, LogRange, Opened, OperationKey, StoreFuture, Stored,
    Transaction,
};
use sockful::{Id, Memory};
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::*;

/// A store whose commits take place in order, each when it is let through.
#[derive(Default)]
struct Held(Arc<Inner>);

#[derive(Default)]
struct Inner {
    memory: Memory,
    /// The ids of the first records of the commits that were handed over, in that order.
    handed: Mutex<Vec<sockful::Value>>,
    turn: tokio::sync::Mutex<()>,
    /// How often it was asked for the answer of an operation.
    asked: AtomicUsize,
    passes: Passes,
}

struct Passes(Semaphore);

impl Default for Passes {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Store for Held {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.0.memory.open(schemas)
    }

    fn caps(&self) -> Caps {
        self.0.memory.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [sockful::Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.0.memory.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.0.memory.list(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move {
            let first = transaction.writes.first().map(|write| write.id.clone());
            self.0.handed.lock().expect("no panic").extend(first);
            let _turn = self.0.turn.lock().await;
            let pass = self.0.passes.0.acquire().await.expect("it stays open");
            pass.forget();
            self.0.memory.commit(transaction).await
        })
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.0.memory.log()
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        Box::pin(async move {
            // Each faster than the one before: without care the last would be first.
            let before = self.0.asked.fetch_add(1, Ordering::SeqCst);
            for _ in before..16 {
                yield_now().await;
            }
            self.0.memory.answered(key).await
        })
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Leaf {
    id: String,
    #[serde(default)]
    colour: String,
}

/// Everything that can happen without a pass has happened.
async fn settle() {
    for _ in 0..2_000 {
        yield_now().await;
    }
}

async fn leaves() -> (TestApp, Arc<Inner>) {
    let store = Held::default();
    let inner = Arc::clone(&store.0);
    let app = App::builder().store(store).resource::<Leaf>().build().await;
    (TestApp::new(app.expect("an app")), inner)
}

fn names(inner: &Inner) -> Vec<String> {
    let handed = inner.handed.lock().expect("no panic");
    handed.iter().map(ToString::to_string).collect()
}

fn leaf(id: &str) -> Value {
    json!({ "id": id })
}

#[tokio::test]
async fn creates_are_handed_to_the_store_together_and_answered_in_order() {
    let (app, inner) = leaves().await;
    let client = app.anonymous();
    let ids = ["a", "b", "c", "d"];
    let mut answers: Vec<_> = ids
        .iter()
        .map(|id| Box::pin(client.emit(&["leaf".into(), "create".into(), leaf(id)])))
        .collect();
    settle().await;
    assert_eq!(names(&inner), ids);
    inner.passes.0.add_permits(2);
    settle().await;
    let ready: Vec<_> = answers
        .iter_mut()
        .map(|answer| answer.now_or_never().is_some())
        .collect();
    assert_eq!(ready, [true, true, false, false]);
}

#[tokio::test]
async fn creates_with_operation_ids_keep_their_order_too() {
    let (app, inner) = leaves().await;
    let client = app.anonymous();
    let ids: Vec<_> = (0..8).map(|it| format!("leaf{it}")).collect();
    let create = |id: &String| {
        let options = json!({ "op": Id::<Leaf>::new() });
        Box::pin(client.emit(&["leaf".into(), "create".into(), leaf(id), options]))
    };
    let answers: Vec<_> = ids.iter().map(create).collect();
    settle().await;
    assert_eq!(names(&inner), ids);
    inner.passes.0.add_permits(8);
    for answer in answers {
        assert!(answer.await.is_ok());
    }
}

#[tokio::test]
async fn whatever_reads_waits_for_the_creates_before_it() {
    let (app, inner) = leaves().await;
    let client = app.anonymous();
    let request = |action: &str, payload| client.emit(&["leaf".into(), action.into(), payload]);
    let created = request("create", leaf("a"));
    let changed = request("update", json!({ "id": "a", "colour": "red" }));
    let again = request("create", leaf("b"));
    let count = request("count", json!({}));
    settle().await;
    assert_eq!(names(&inner), ["a"]);
    inner.passes.0.add_permits(1);
    settle().await;
    assert_eq!(names(&inner), ["a", "a"]);
    inner.passes.0.add_permits(2);
    assert!(created.await.is_ok());
    assert_eq!(changed.await.result()["colour"], "red");
    assert!(again.await.is_ok());
    assert_eq!(count.await.result(), 2);
}

#[tokio::test]
async fn a_create_that_fails_leaves_the_others_alone() {
    let (app, inner) = leaves().await;
    let client = app.anonymous();
    let request = |payload| client.emit(&["leaf".into(), "create".into(), payload]);
    let first = request(leaf("a"));
    let wrong = request(json!({ "id": 5 }));
    let taken = request(leaf("a"));
    let last = request(leaf("b"));
    settle().await;
    assert_eq!(names(&inner), ["a", "a", "b"]);
    inner.passes.0.add_permits(3);
    assert!(first.await.is_ok());
    assert_eq!(wrong.await.error()["code"], 422);
    assert_eq!(taken.await.error()["code"], 409);
    assert!(last.await.is_ok());
}
