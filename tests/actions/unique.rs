//! `unique`: no two records share a value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use crate::support::{self, codes};

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Account {
    id: String,
    #[serde(rename = "eMail")]
    #[resource(unique)]
    email: Option<String>,
    #[resource(unique)]
    number: Option<u32>,
    #[serde(default, skip_serializing)]
    #[resource(private, unique)]
    token: Option<String>,
}

#[remote]
impl Account {
    /// Gives each the other's address.
    #[remote]
    async fn swap(cx: &Cx, one: String, other: String) -> Result<()> {
        let first = cx.get::<Self>(&one).await?.email;
        let second = cx.get::<Self>(&other).await?.email;
        cx.update::<Self, _, _>(&one, |it| it.email.clone_from(&second))
            .await?;
        cx.update::<Self, _, _>(&other, |it| it.email.clone_from(&first))
            .await?;
        Ok(())
    }

    /// Destroys one record and gives its address to a new one.
    #[remote]
    async fn inherit(cx: &Cx, from: String, to: String) -> Result<()> {
        let gone = cx.destroy::<Self>(&from).await?;
        cx.create(Self { id: to, ..gone }).await?;
        Ok(())
    }

    #[remote]
    fn issue(&mut self, token: String) {
        self.token = Some(token);
    }
}

async fn app() -> TestApp {
    support::app(|app| app.resource::<Account>()).await
}

/// A client of an app with two accounts, of `a` and of `b`.
async fn stocked() -> TestClient {
    let client = app().await.anonymous();
    let batch = json!([{ "id": "a", "eMail": "a@x", "number": 1 }, { "id": "b", "eMail": "b@x", "number": 2 }]);
    assert!(client.call("account", "create", batch).await.is_ok());
    client
}

async fn email(client: &TestClient, id: &str) -> Value {
    client.call("account", "get", json!(id)).await.result()["eMail"].clone()
}

#[tokio::test]
async fn a_value_that_is_taken_is_a_conflict_that_names_the_field() {
    let client = stocked().await;
    for (action, payload) in [
        ("create", json!({ "id": "c", "eMail": "a@x" })),
        ("update", json!({ "id": "b", "eMail": "a@x" })),
        ("replace", json!({ "id": "b", "eMail": "a@x" })),
    ] {
        let refused = client.call("account", action, payload).await;
        assert_eq!(refused.error()["name"], "Conflict", "{action}");
        assert_eq!(refused.error()["reason"], "unique", "{action}");
        assert_eq!(codes(refused.error()), json!({ "eMail": "unique" }));
    }
    let refused = client
        .call("account", "create", json!({ "number": 2 }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "number": "unique" }));
    assert_eq!(client.call("account", "count", json!({})).await.result(), 2);
    assert_eq!(email(&client, "b").await, "b@x");
}

#[tokio::test]
async fn null_is_no_value_and_never_taken() {
    let client = stocked().await;
    for _ in 0..3 {
        assert!(client.call("account", "create", json!({})).await.is_ok());
    }
    for id in ["a", "b"] {
        let cleared = client
            .call("account", "update", json!({ "id": id, "eMail": null }))
            .await;
        assert!(cleared.is_ok());
    }
}

#[tokio::test]
async fn a_record_does_not_conflict_with_itself() {
    let client = stocked().await;
    let payload = json!({ "id": "a", "eMail": "a@x", "number": 3 });
    assert!(client.call("account", "update", payload).await.is_ok());
}

#[tokio::test]
async fn a_value_is_free_again_after_an_update() {
    let client = stocked().await;
    client
        .call("account", "update", json!({ "id": "a", "eMail": "new@x" }))
        .await;
    let taken = client
        .call("account", "update", json!({ "id": "b", "eMail": "a@x" }))
        .await;
    assert!(taken.is_ok());
    let refused = client
        .call("account", "create", json!({ "eMail": "new@x" }))
        .await;
    assert_eq!(refused.error()["reason"], "unique");
}

#[tokio::test]
async fn a_value_is_free_again_after_a_destroy() {
    let client = stocked().await;
    client.call("account", "destroy", json!("a")).await;
    let taken = client
        .call("account", "update", json!({ "id": "b", "eMail": "a@x" }))
        .await;
    assert!(taken.is_ok());
}

#[tokio::test]
async fn a_refused_change_takes_no_value() {
    let client = stocked().await;
    let refused = client
        .call(
            "account",
            "update",
            json!({ "id": "a", "eMail": "new@x", "number": 2 }),
        )
        .await;
    assert_eq!(refused.error()["reason"], "unique");
    let taken = client
        .call("account", "create", json!({ "eMail": "new@x" }))
        .await;
    assert!(taken.is_ok());
    let refused = client
        .call("account", "create", json!({ "eMail": "a@x" }))
        .await;
    assert_eq!(refused.error()["reason"], "unique");
}

#[tokio::test]
async fn a_batch_must_not_share_a_value_with_itself() {
    let client = app().await.anonymous();
    let batch = json!([{ "eMail": "a@x" }, { "eMail": "b@x" }, { "eMail": "a@x" }]);
    let refused = client.call("account", "create", batch).await;
    assert_eq!(refused.error()["reason"], "unique");
    assert_eq!(codes(refused.error()), json!({ "[2].eMail": "unique" }));
    assert_eq!(client.call("account", "count", json!({})).await.result(), 0);
}

#[tokio::test]
async fn two_records_may_swap_their_values_in_one_transaction() {
    let client = stocked().await;
    let swapped = client
        .call("account", "swap", json!({ "one": "a", "other": "b" }))
        .await;
    assert!(swapped.is_ok(), "{swapped:?}");
    assert_eq!(email(&client, "a").await, "b@x");
    assert_eq!(email(&client, "b").await, "a@x");
    for taken in ["a@x", "b@x"] {
        let refused = client
            .call("account", "create", json!({ "eMail": taken }))
            .await;
        assert_eq!(refused.error()["reason"], "unique");
    }
}

#[tokio::test]
async fn a_value_may_pass_to_a_new_record_in_one_transaction() {
    let client = stocked().await;
    let moved = client
        .call("account", "inherit", json!({ "from": "a", "to": "c" }))
        .await;
    assert!(moved.is_ok(), "{moved:?}");
    assert_eq!(email(&client, "c").await, "a@x");
    let refused = client
        .call("account", "create", json!({ "eMail": "a@x" }))
        .await;
    assert_eq!(refused.error()["reason"], "unique");
}

#[tokio::test]
async fn a_conflict_of_a_private_field_does_not_tell_of_it() {
    let client = stocked().await;
    let issue = |id: &str| json!({ "id": id, "token": "t1" });
    assert!(client.call("account", "issue", issue("a")).await.is_ok());
    let refused = client.call("account", "issue", issue("b")).await;
    let text = refused.error().to_string();
    assert!(!text.contains("token"), "{text}");
}
