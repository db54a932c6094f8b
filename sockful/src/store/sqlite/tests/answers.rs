//! Answers of operations take room as changes do.

use std::time::Duration;

use super::*;
use crate::store::sqlite::SqliteBuilder;

const MIB: usize = 1 << 20;

/// An operation that changes nothing, with an answer of a MiB.
fn operation(number: usize) -> Transaction {
    let key = OperationKey {
        user: "ann".into(),
        op: number.to_string().into(),
    };
    Transaction {
        operation: Some(Operation {
            key,
            request: [0; 32],
            answer: Box::new(|_| "x".repeat(MIB).into()),
        }),
        ..Transaction::default()
    }
}

async fn store(builder: SqliteBuilder) -> Notes {
    let store = builder.open().unwrap();
    let schema = Arc::new(schema_of::<Note>());
    store.open(std::slice::from_ref(&schema)).await.unwrap();
    Notes { store, schema }
}

#[tokio::test]
async fn long_answers_that_wait_together_share_no_long_transaction() {
    let notes = store(SqliteBuilder::in_memory()).await;
    let release = notes.hold();
    let commits = (0..6).map(|number| notes.store.commit(operation(number)));
    let commits = futures_util::future::join_all(commits);
    let release = async {
        tokio::task::yield_now().await;
        drop(release);
    };
    let (results, ()) = tokio::join!(commits, release);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(notes.store.load().transactions, 2);
}

#[tokio::test]
async fn a_ledger_is_shortened_before_it_has_many_answers_if_they_are_long() {
    let hour = Duration::from_secs(3_600);
    let bounded = SqliteBuilder::in_memory().retain_answers(hour, MIB as u64);
    let notes = store(bounded).await;
    for number in 0..16 {
        notes.store.commit(operation(number)).await.unwrap();
    }
    // Whatever the writer does next, it has seen before that the ledger is too long.
    let (answer, kept) = oneshot::channel();
    notes
        .upset(|connection| {
            let text = "SELECT count(*) FROM sockful_ledger";
            let count = connection.query_row(text, [], |row| row.get::<_, i64>(0));
            answer.send(count.unwrap()).unwrap();
        })
        .await;
    assert!(kept.await.unwrap() <= 1);
}
