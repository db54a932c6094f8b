//! The option `op`: what it may be, and where.

use super::*;

#[tokio::test]
async fn who_has_not_logged_in_must_send_a_uuid() {
    let (app, _) = counters().await;
    let nobody = app.anonymous();
    for op in ["1", "", "6b4c2ad4-13d0-4b7e-8d4c", "my order", "0"] {
        let refused = operation(&nobody, "create", json!({ "name": "one" }), op).await;
        assert_eq!(refused.error()["reason"], "invalid_options", "{op}");
    }
    assert_eq!(how_many(&nobody).await, 0);
    let made = operation(&nobody, "create", json!({ "name": "one" }), OP).await;
    assert!(made.is_ok());
    let again = operation(&app.anonymous(), "create", json!({ "name": "one" }), OP).await;
    assert!(again.is_replayed());
}

#[tokio::test]
async fn an_id_is_printable_ascii_of_a_bounded_length() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let create = |op: Value| {
        let payload = json!({ "name": "one" });
        ann.call_with("counter", "create", payload, json!({ "op": op }))
    };
    let long = "x".repeat(129);
    for op in [
        json!(""),
        json!(long),
        json!("ü"),
        json!("a\nb"),
        json!("\u{7f}"),
        json!(7),
        json!([]),
    ] {
        let refused = create(op.clone()).await;
        assert_eq!(refused.error()["reason"], "invalid_options", "{op}");
    }
    assert_eq!(how_many(&ann).await, 0);
    for op in ["1", "order 7 ~!", &long[1..]] {
        assert!(create(json!(op)).await.is_ok(), "{op}");
    }
}

#[tokio::test]
async fn null_is_no_operation() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    for _ in 0..2 {
        let payload = json!({ "name": "one" });
        let options = json!({ "op": null });
        let made = ann.call_with("counter", "create", payload, options).await;
        assert!(!made.is_replayed());
    }
    assert_eq!(how_many(&ann).await, 2);
}

#[tokio::test]
async fn what_only_reads_takes_none() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let id = counter(&ann).await;
    for (action, payload) in [
        ("get", id),
        ("all", json!({})),
        ("count", json!({})),
        ("look", json!({})),
    ] {
        let refused = operation(&ann, action, payload, "1").await;
        assert_eq!(refused.error()["reason"], "invalid_options", "{action}");
    }
}

#[tokio::test]
async fn a_detached_method_takes_none() {
    let (app, _) = counters().await;
    let refused = operation(&app.login("ann"), "apart", json!({}), "1").await;
    assert_eq!(refused.error()["reason"], "op_unsupported");
}
