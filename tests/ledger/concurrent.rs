//! Duplicates that come while the first request still runs.

use super::*;

use futures_util::future::join_all;

/// Waits until so many methods have begun.
async fn begun(shared: &Shared, runs: usize) {
    while shared.runs() < runs {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn duplicates_wait_for_the_first_and_get_its_answer() {
    let (app, shared) = counters().await;
    let payload = json!({ "id": counter(&app.login("ann")).await });
    let clients: Vec<_> = (0..10).map(|_| app.login("ann")).collect();
    let calls = clients
        .iter()
        .map(|client| operation(client, "slow", payload.clone(), "1"));
    let release = async {
        begun(&shared, 1).await;
        assert_eq!(app.app().load().operations, 1);
        shared.gate.add_permits(10);
    };
    let (answers, ()) = tokio::join!(join_all(calls), release);
    let replayed = answers.iter().filter(|answer| answer.is_replayed());
    assert_eq!(replayed.count(), 9);
    assert!(answers.iter().all(|answer| answer.result() == &json!(1)));
    assert_eq!(shared.runs(), 1);
    assert_eq!(app.app().load().operations, 0);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_waits_no_longer_than_it_may_and_is_not_told_that_nothing_was_done() {
    let (app, shared) = counters().await;
    let (ann, other) = (app.login("ann"), app.login("ann"));
    let payload = json!({ "id": counter(&ann).await });
    let first = operation(&ann, "slow", payload.clone(), "1");
    let second = async {
        begun(&shared, 1).await;
        let options = json!({ "op": "1", "timeout_ms": 20 });
        let late = other.call_with("counter", "slow", payload.clone(), options);
        let late = late.await;
        assert_eq!(late.error()["name"], "Unavailable");
        assert_eq!(late.error()["reason"], "op_pending");
        assert_eq!(late.error()["temporary"], true);
        shared.gate.add_permits(1);
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.result(), 1);
    assert_eq!(app.app().load().operations, 0);
}

#[tokio::test]
async fn other_operations_do_not_wait() {
    let (app, shared) = counters().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let slow = json!({ "id": counter(&ann).await });
    let other = json!({ "id": counter(&ann).await, "amount": 2 });
    let first = operation(&ann, "slow", slow, "1");
    let others = async {
        begun(&shared, 1).await;
        // The same id, but of another user.
        let added = operation(&bob, "add", other.clone(), "1").await;
        assert_eq!(added.result(), 2);
        let added = operation(&app.login("ann"), "add", other, "2").await;
        assert_eq!(added.result(), 4);
        shared.gate.add_permits(1);
    };
    let (first, ()) = tokio::join!(first, others);
    assert_eq!(first.result(), 1);
}

#[tokio::test]
async fn when_the_first_is_gone_before_it_was_done_the_next_does_it() {
    let (app, shared) = counters().await;
    let (first, second) = (app.login("ann"), app.login("ann"));
    let payload = json!({ "id": counter(&first).await });
    let arguments = [
        "counter".into(),
        "slow".into(),
        payload.clone(),
        json!({ "op": "1" }),
    ];
    first.send(&arguments);
    begun(&shared, 1).await;
    let leave = async {
        first.disconnect().await;
        begun(&shared, 2).await;
        shared.gate.add_permits(1);
    };
    let (done, ()) = tokio::join!(operation(&second, "slow", payload, "1"), leave);
    assert_eq!(done.result(), 1);
    assert!(!done.is_replayed());
    assert_eq!(app.app().load().operations, 0);
}

#[tokio::test]
async fn many_duplicates_of_many_operations_each_happen_once() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    let payload = json!({ "id": counter(&ann).await, "amount": 1 });
    let clients: Vec<_> = (0..16).map(|_| app.login("ann")).collect();
    let calls = clients.iter().map(|client| async {
        for op in 0..25 {
            let added = operation(client, "add", payload.clone(), &op.to_string()).await;
            assert!(added.is_ok(), "{added:?}");
        }
    });
    join_all(calls).await;
    let got = ann.call("counter", "get", payload["id"].clone()).await;
    assert_eq!(got.result()["count"], 25);
    assert_eq!(shared.runs(), 25);
    assert_eq!(app.app().load().operations, 0);
}
