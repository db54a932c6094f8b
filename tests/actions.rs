//! The built-in actions.

use serde_json::json;

use crate::support;

#[tokio::test]
async fn a_created_record_is_answered_whole_and_can_be_got() {
    let client = support::client().await;
    let bob = json!({ "id": "bob", "name": "Bob", "hunger": 0, "kind": null, "tags": [] });
    let created = client
        .call("creature", "create", json!({ "id": "bob", "name": "Bob" }))
        .await;
    assert_eq!(created.result(), &bob);
    assert_eq!(
        client.call("creature", "get", json!("bob")).await.result(),
        &bob
    );
}
