//! What `sockful::testing` lets the tests of an application see.

use serde_json::json;
use sockful::Config;
use sockful::testing::TestApp;

use crate::support;
use crate::support::beast::{Cage, beasts};
use crate::support::server::comes_to_rest;

async fn beastly() -> (TestApp, Cage) {
    beasts(Config::default()).await
}

#[tokio::test]
async fn a_client_learns_why_the_server_ends_its_session() {
    let app = support::creatures().await;
    let (client, other) = (app.anonymous(), app.login("ann"));
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.closing().await }
    });
    app.app().shutdown().await;
    assert_eq!(waiting.await.unwrap(), "shutdown");
    // Also whoever asks afterwards, and again.
    assert_eq!(other.closing().await, "shutdown");
    assert_eq!(client.closing().await, "shutdown");
}

#[tokio::test]
async fn a_client_that_asks_too_much_is_closed_as_overloaded() {
    let mut config = Config::default();
    config.inbox_requests = 2;
    let (app, cage) = beasts(config).await;
    let client = app.anonymous();
    client.send(&["beast".into(), "slow".into(), json!({ "id": "rex" })]);
    cage.has_begun(1).await;
    for _ in 0..3 {
        client.send(&["beast".into(), "count".into()]);
    }
    assert_eq!(client.closing().await, "overloaded");
}

#[tokio::test]
async fn a_client_that_asks_for_one_argument_gets_one() {
    let app = support::creatures().await;
    let (one, three) = (app.anonymous().ack_one(), app.anonymous());
    let bob = json!({ "id": "bob", "name": "Bob" });
    let created = one.call("creature", "create", bob).await;
    assert_eq!(created.result()["name"], "Bob");
    assert_eq!(created.meta()["rev"], 1);
    let count = one.call("creature", "count", json!({})).await;
    assert_eq!(count.to_json(), json!([{ "result": 1, "meta": {} }]));
    let count = three.call("creature", "count", json!({})).await;
    assert_eq!(count.to_json(), json!([null, 1, {}]));

    let missing = one.call("creature", "get", json!("zoe")).await;
    assert!(!missing.is_ok());
    assert_eq!(missing.error()["reason"], "not_found");
    assert_eq!(missing.to_json(), json!([{ "error": missing.error() }]));
}

#[tokio::test]
async fn what_runs_for_a_client_that_disconnects_is_given_up() {
    let (app, cage) = beastly().await;
    let client = app.anonymous();
    let slow = client.emit(&["beast".into(), "slow".into(), json!({ "id": "rex" })]);
    let slow = tokio::spawn(slow);
    cage.has_begun(1).await;
    client.disconnect().await;
    comes_to_rest(app.app()).await;
    let answered = slow.await;
    assert!(answered.is_err_and(|error| error.is_panic()));
    let rex = app.anonymous().call("beast", "get", json!("rex")).await;
    assert_eq!(rex.result()["bites"], 0);
}

#[tokio::test]
#[should_panic(expected = "the session takes no request")]
async fn a_client_that_has_disconnected_sends_no_more() {
    let (app, _) = beastly().await;
    let client = app.anonymous();
    client.disconnect().await;
    client.call("beast", "count", json!({})).await;
}

#[tokio::test]
#[should_panic(expected = "the client has disconnected by itself")]
async fn a_client_that_has_disconnected_is_not_told_why() {
    let (app, _) = beastly().await;
    let client = app.anonymous();
    client.disconnect().await;
    client.closing().await;
}
