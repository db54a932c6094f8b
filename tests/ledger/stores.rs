//! The ledger and its store: two nodes on one store, a store without a ledger, one that fails.

use super::*;

use sockful::Value as Column;
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Answered, Caps, Committed, Listing, Opened, Operation, OperationKey, Store, StoreError,
    StoreFuture, Stored, Transaction,
};

/// A store in memory that several apps share, and that does worse when told to.
#[derive(Clone, Default)]
struct Common {
    rows: Arc<Memory>,
    /// Keeps no ledger.
    forgetful: bool,
    /// Cannot be reached for commits.
    away: Arc<AtomicBool>,
}

impl Store for Common {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.rows.open(schemas)
    }

    fn caps(&self) -> Caps {
        let mut caps = self.rows.caps();
        caps.ledger = !self.forgetful;
        caps
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Column],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.rows.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.rows.list(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        if self.away.load(Ordering::SeqCst) {
            let error = StoreError::Unavailable("away".into());
            return Box::pin(std::future::ready(Err(error)));
        }
        self.rows.commit(transaction)
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        self.rows.answered(key)
    }
}

/// A node on this store.
async fn node(store: &Common, shared: &Shared) -> TestApp {
    let app = App::builder().store(store.clone()).state(shared.clone());
    let app = app.resource::<Counter>().build().await;
    TestApp::new(app.expect("counters make an app"))
}

#[tokio::test]
async fn of_two_nodes_that_do_the_same_at_once_one_answers_as_the_other() {
    let (store, shared) = (Common::default(), Shared::new());
    let (one, other) = (node(&store, &shared).await, node(&store, &shared).await);
    let (ann, again) = (one.login("ann"), other.login("ann"));
    let payload = json!({ "id": counter(&ann).await });
    let both = async {
        // Neither knows of the other, so both run.
        while shared.runs() < 2 {
            tokio::task::yield_now().await;
        }
        shared.gate.add_permits(2);
    };
    let (first, second, ()) = tokio::join!(
        operation(&ann, "slow", payload.clone(), "1"),
        operation(&again, "slow", payload.clone(), "1"),
        both
    );
    assert!(first.is_replayed() != second.is_replayed());
    assert_eq!(first.result(), second.result());
    let got = ann.call("counter", "get", payload["id"].clone()).await;
    assert_eq!(got.result()["count"], 1);
}

#[tokio::test]
async fn another_node_gives_the_answer_of_the_first() {
    let (store, shared) = (Common::default(), Shared::new());
    let (one, other) = (node(&store, &shared).await, node(&store, &shared).await);
    let payload = json!({ "name": "one" });
    let first = operation(&one.login("ann"), "create", payload.clone(), "1").await;
    let again = operation(&other.login("ann"), "create", payload, "1").await;
    assert!(again.is_replayed());
    assert_eq!(again.result(), first.result());
}

#[tokio::test]
async fn a_store_without_a_ledger_takes_no_operation() {
    let store = Common {
        forgetful: true,
        ..Common::default()
    };
    let app = node(&store, &Shared::new()).await;
    let ann = app.login("ann");
    let refused = operation(&ann, "create", json!({ "name": "one" }), "1").await;
    assert_eq!(refused.error()["reason"], "op_unsupported");
    assert_eq!(how_many(&ann).await, 0);
}

#[tokio::test]
async fn a_refusal_that_cannot_be_recorded_is_to_be_tried_again() {
    let (store, shared) = (Common::default(), Shared::new());
    let app = node(&store, &shared).await;
    let ann = app.login("ann");
    let payload = json!({ "how": "never" });
    store.away.store(true, Ordering::SeqCst);
    let refused = operation(&ann, "fails", payload.clone(), "1").await;
    assert_eq!(refused.error()["name"], "Unavailable");
    store.away.store(false, Ordering::SeqCst);
    let refused = operation(&ann, "fails", payload, "1").await;
    assert_eq!(refused.error()["reason"], "own");
    assert_eq!(shared.runs(), 2);
}

/// Records an operation that is answered by so much text.
async fn record(store: &Memory, number: usize, length: usize) {
    let mut transaction = Transaction::default();
    transaction.operation = Some(Operation {
        key: key(number),
        request: [0; 32],
        answer: Box::new(move |_| "x".repeat(length).into()),
    });
    store.commit(transaction).await.expect("there is room");
}

fn key(number: usize) -> OperationKey {
    OperationKey {
        user: "ann".into(),
        op: number.to_string().into(),
    }
}

async fn is_known(store: &Memory, number: usize) -> bool {
    let answered = store.answered(&key(number)).await;
    answered.expect("it answers").is_some()
}

#[tokio::test]
async fn memory_keeps_the_last_10_000_answers() {
    let store = Memory::new();
    for number in 0..=10_000 {
        record(&store, number, 10).await;
    }
    assert!(!is_known(&store, 0).await);
    for number in [1, 10_000] {
        assert!(is_known(&store, number).await, "{number}");
    }
}

#[tokio::test]
async fn memory_keeps_64_mib_of_answers_and_the_newest_in_any_case() {
    let store = Memory::new();
    for number in 0..64 {
        record(&store, number, 1 << 20).await;
    }
    // The keys count as well.
    assert!(!is_known(&store, 0).await);
    assert!(is_known(&store, 1).await);
    record(&store, 64, 65 << 20).await;
    assert!(!is_known(&store, 63).await);
    assert!(is_known(&store, 64).await);
    record(&store, 65, 10).await;
    assert!(!is_known(&store, 64).await);
    assert!(is_known(&store, 65).await);
}
