//! What may be an operation: every mutation.

use super::*;

#[tokio::test]
async fn a_create_happens_once() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let payload = json!({ "name": "one" });
    let first = operation(&ann, "create", payload.clone(), "1").await;
    let again = operation(&ann, "create", payload, "1").await;
    // The server chose the id: it would not choose it twice.
    assert_eq!(again.result(), first.result());
    assert_eq!(how_many(&ann).await, 1);
}

#[tokio::test]
async fn a_batch_happens_once() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let payload = json!([{ "name": "one" }, { "name": "two" }]);
    let first = operation(&ann, "create", payload.clone(), "1").await;
    let again = operation(&ann, "create", payload, "1").await;
    assert_eq!(first.meta(), &json!({ "pos": 1, "revs": [1, 1] }));
    assert_eq!(again.result(), first.result());
    assert_eq!(again.meta(), &replayed(first.meta()));
    assert_eq!(how_many(&ann).await, 2);
}

#[tokio::test]
async fn update_replace_and_destroy_happen_once() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let id = counter(&ann).await;
    for (action, payload) in [
        ("update", json!({ "id": id, "count": 1 })),
        ("replace", json!({ "id": id, "name": "two" })),
        ("destroy", id.clone()),
    ] {
        let first = operation(&ann, action, payload.clone(), action).await;
        let again = operation(&ann, action, payload, action).await;
        assert!(first.is_ok() && !first.is_replayed(), "{first:?}");
        assert_eq!(again.result(), first.result(), "{action}");
        assert_eq!(again.meta(), &replayed(first.meta()), "{action}");
    }
    // What is answered again is what was answered, whatever happened since.
    let update = json!({ "id": id, "count": 1 });
    let late = operation(&ann, "update", update, "update").await;
    assert_eq!(late.result()["count"], 1);
}

#[tokio::test]
async fn a_method_runs_once() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    let payload = json!({ "id": counter(&ann).await, "amount": 5 });
    let first = operation(&ann, "add", payload.clone(), "1").await;
    let again = operation(&ann, "add", payload, "1").await;
    assert_eq!(first.to_json(), json!([null, 5, { "pos": 2, "rev": 2 }]));
    assert_eq!(
        again.to_json(),
        json!([null, 5, { "pos": 2, "rev": 2, "replayed": true }])
    );
    assert_eq!(shared.runs(), 1);
}

#[tokio::test]
async fn a_mutation_that_changes_nothing_runs_once() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    let payload = json!({ "id": counter(&ann).await });
    let first = operation(&ann, "touch", payload.clone(), "1").await;
    let again = operation(&ann, "touch", payload, "1").await;
    assert_eq!(first.to_json(), json!([null, "touched one", { "rev": 1 }]));
    assert_eq!(again.meta(), &replayed(first.meta()));
    assert_eq!(shared.runs(), 1);
}

#[tokio::test]
async fn what_a_method_writes_by_its_context_is_part_of_its_operation() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let payload = json!({ "name": "x" });
    let first = operation(&ann, "twins", payload.clone(), "1").await;
    let again = operation(&ann, "twins", payload, "1").await;
    assert_eq!(first.to_json(), json!([null, 0, { "pos": 1 }]));
    assert_eq!(
        again.to_json(),
        json!([null, 0, { "pos": 1, "replayed": true }])
    );
    assert_eq!(how_many(&ann).await, 2);
}

#[tokio::test]
async fn without_an_id_nothing_is_remembered() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    let payload = json!({ "id": counter(&ann).await, "amount": 5 });
    for total in [5, 10] {
        let added = ann.call("counter", "add", payload.clone()).await;
        assert_eq!(added.result(), total);
    }
    assert_eq!(shared.runs(), 2);
}
