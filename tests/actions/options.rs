//! The options of a request: `timeout_ms`, `if_rev`, `op`.

use std::time::Duration;

use serde_json::{Value, json};
use sockful::Config;
use sockful::testing::TestClient;
use tokio::time::Instant;

use super::{Item, app};
use crate::support;

/// A client of an app with the item `a`.
async fn stocked() -> TestClient {
    let client = app().await.anonymous();
    create(&client).await;
    client
}

async fn create(client: &TestClient) {
    let created = client
        .call("item", "create", json!({ "id": "a", "name": "Ann" }))
        .await;
    assert!(created.is_ok());
}

async fn amount(client: &TestClient) -> Value {
    client.call("item", "get", json!("a")).await.result()["amount"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_a_timeout_and_was_not_done() {
    let client = stocked().await;
    let before = Instant::now();
    let late = client
        .call_with(
            "item",
            "wait",
            json!({ "id": "a" }),
            json!({ "timeout_ms": 50 }),
        )
        .await;
    assert_eq!(late.error()["name"], "Timeout");
    assert_eq!(late.error()["reason"], "timeout");
    assert_eq!(late.error()["temporary"], true);
    assert!(before.elapsed() < Duration::from_millis(60));
    assert_eq!(amount(&client).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_timed_out_call_blocks_nobody() {
    let client = stocked().await;
    let options = json!({ "timeout_ms": 50 });
    client
        .call_with("item", "wait", json!({ "id": "a" }), options)
        .await;
    let added = client
        .call("item", "add", json!({ "id": "a", "amount": 2 }))
        .await;
    assert_eq!(added.result(), 2);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_another_call_counts_as_well() {
    let app = app().await;
    let (first, second) = (app.anonymous(), app.anonymous());
    create(&first).await;
    let slow = first.emit(&["item".into(), "wait".into(), json!({ "id": "a" })]);
    let late = second
        .call_with(
            "item",
            "add",
            json!({ "id": "a", "amount": 1 }),
            json!({ "timeout_ms": 50 }),
        )
        .await;
    assert_eq!(late.error()["reason"], "timeout");
    assert_eq!(slow.await.error()["reason"], "timeout");
    assert_eq!(amount(&first).await, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_server_allows() {
    let mut config = Config::default();
    config.call_timeout = Duration::from_secs(2);
    let app = support::app(|app| app.resource::<Item>().config(config)).await;
    let client = app.anonymous();
    create(&client).await;
    for options in [json!({}), json!({ "timeout_ms": 3_600_000 })] {
        let before = Instant::now();
        let late = client
            .call_with("item", "wait", json!({ "id": "a" }), options)
            .await;
        assert_eq!(late.error()["reason"], "timeout");
        assert_eq!(before.elapsed().as_secs(), 2);
    }
}

#[tokio::test]
async fn a_timeout_of_any_length_can_be_asked_for() {
    let client = stocked().await;
    for timeout in [json!(0), json!(1), json!(9_007_199_254_740_991_u64)] {
        let options = json!({ "timeout_ms": timeout });
        let got = client
            .call_with("item", "get", json!("a"), options.clone())
            .await;
        // A store that works elsewhere may need longer than that.
        let late =
            timeout.as_u64() <= Some(1) && !got.is_ok() && got.error()["reason"] == "timeout";
        assert!(got.is_ok() || late, "{options}: {got:?}");
    }
}

#[tokio::test]
async fn if_rev_refuses_a_lost_update() {
    let client = stocked().await;
    let payload = json!({ "id": "a", "amount": 1 });
    let options = json!({ "if_rev": 1 });
    let first = client
        .call_with("item", "update", payload, options.clone())
        .await;
    assert_eq!(first.meta()["rev"], 2);
    for (action, payload) in [
        ("update", json!({ "id": "a", "amount": 2 })),
        ("replace", json!({ "id": "a", "name": "Bob" })),
        ("destroy", json!("a")),
        ("add", json!({ "id": "a", "amount": 2 })),
    ] {
        let stale = client
            .call_with("item", action, payload, options.clone())
            .await;
        assert_eq!(stale.error()["name"], "Conflict", "{action}");
        assert_eq!(stale.error()["reason"], "stale", "{action}");
    }
    assert_eq!(amount(&client).await, 1);
}

#[tokio::test]
async fn if_rev_lets_the_right_revision_pass() {
    let client = stocked().await;
    for (rev, action, payload) in [
        (1, "update", json!({ "id": "a", "amount": 2 })),
        (2, "replace", json!({ "id": "a", "name": "Bob" })),
        (3, "add", json!({ "id": "a", "amount": 2 })),
        (4, "destroy", json!("a")),
    ] {
        let done = client
            .call_with("item", action, payload, json!({ "if_rev": rev }))
            .await;
        assert!(done.is_ok(), "{action}: {done:?}");
    }
}

#[tokio::test]
async fn if_rev_of_a_record_that_is_gone_is_not_found() {
    let client = stocked().await;
    client.call("item", "destroy", json!("a")).await;
    let options = json!({ "if_rev": 1 });
    let refused = client
        .call_with("item", "destroy", json!("a"), options)
        .await;
    assert_eq!(refused.error()["reason"], "not_found");
}

#[tokio::test]
async fn if_rev_is_only_for_calls_that_change_one_record() {
    let client = stocked().await;
    for (action, payload) in [
        ("create", json!({ "name": "Bob" })),
        ("get", json!("a")),
        ("all", json!({})),
        ("count", json!({})),
    ] {
        let refused = client
            .call_with("item", action, payload, json!({ "if_rev": 1 }))
            .await;
        assert_eq!(refused.error()["reason"], "invalid_options", "{action}");
    }
}

#[tokio::test]
async fn what_is_no_option_is_refused_and_nothing_is_done() {
    let client = stocked().await;
    for options in [
        json!({ "timeout": 5 }),
        json!({ "timeout_ms": -1 }),
        json!({ "timeout_ms": "5" }),
        json!({ "if_rev": 1.5 }),
        json!({ "if_rev": "1" }),
        json!([]),
        json!("fast"),
        json!(5),
    ] {
        let payload = json!({ "id": "a", "amount": 1 });
        let refused = client
            .call_with("item", "update", payload, options.clone())
            .await;
        assert_eq!(refused.error()["reason"], "invalid_options", "{options}");
    }
    assert_eq!(amount(&client).await, 0);
}

#[tokio::test]
async fn no_options_are_null_absent_or_empty() {
    let client = stocked().await;
    for options in [json!(null), json!({}), json!({ "timeout_ms": null })] {
        let got = client.call_with("item", "get", json!("a"), options).await;
        assert!(got.is_ok());
    }
}
