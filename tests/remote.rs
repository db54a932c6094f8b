//! Remote methods: what a method may take and return, and what of it clients see.

mod arguments;
mod described;
mod returns;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestClient;

use crate::support;

/// A pot that things are put into.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Pot {
    id: String,
    #[serde(default)]
    level: u32,
}

#[remote]
impl Pot {
    #[remote]
    fn fill(&mut self, by: u32) -> u32 {
        self.level += by;
        self.level
    }

    #[remote]
    fn read(&self) -> u32 {
        self.level
    }

    /// Changes its own copy alone: `&self` keeps nothing.
    #[remote]
    fn pretend(&self) -> u32 {
        let mut copy = Self {
            id: self.id.clone(),
            level: self.level,
        };
        copy.level += 100;
        copy.level
    }

    #[remote]
    fn double(number: u32) -> u32 {
        number * 2
    }

    #[remote]
    async fn slowly(&mut self, by: u32) -> u32 {
        tokio::task::yield_now().await;
        self.level += by;
        self.level
    }

    #[remote]
    fn rename_to(&mut self, to: String) {
        self.id = to;
    }

    #[remote]
    async fn first_context(cx: &Cx, id: String, _also: u8) -> Result<u32> {
        Ok(cx.get::<Self>(&id).await?.level)
    }

    #[remote]
    async fn middle_context(id: String, context: &Cx, _also: u8) -> Result<u32> {
        Ok(context.get::<Self>(&id).await?.level)
    }

    #[remote]
    async fn last_context(id: String, _also: u8, c: &Cx) -> Result<u32> {
        Ok(c.get::<Self>(&id).await?.level)
    }

    #[remote]
    fn own_context(&self, cx: &Cx) -> Option<String> {
        cx.user_key().map(str::to_owned)
    }

    #[remote(read)]
    fn reads(number: u32) -> u32 {
        number
    }

    #[remote(detached)]
    async fn detached(number: u32) -> u32 {
        number
    }

    #[remote(rename = "fillUp")]
    fn fill_up(&mut self) {
        self.level = 1000;
    }

    #[remote(access = authenticated)]
    fn drain(&mut self) {
        self.level = 0;
    }

    #[expect(dead_code, reason = "nobody can call it")]
    fn unmarked(&mut self) {
        self.level = 666;
    }
}

/// A client of an app with the pot `p`, which holds 5.
async fn client() -> TestClient {
    let app = support::app(|app| app.resource::<Pot>()).await;
    let client = app.anonymous();
    let made = client.call("pot", "create", json!({ "id": "p", "level": 5 }));
    assert!(made.await.is_ok());
    client
}

async fn level(client: &TestClient) -> u64 {
    let got = client.call("pot", "get", json!("p")).await;
    got.result()["level"].as_u64().unwrap()
}

#[tokio::test]
async fn a_method_with_mut_self_loads_runs_and_saves() {
    let client = client().await;
    let filled = client
        .call("pot", "fill", json!({ "id": "p", "by": 2 }))
        .await;
    assert_eq!(filled.to_json(), json!([null, 7, { "pos": 2, "rev": 2 }]));
    assert_eq!(level(&client).await, 7);
}

#[tokio::test]
async fn a_method_that_changed_nothing_commits_nothing() {
    let client = client().await;
    let filled = client
        .call("pot", "fill", json!({ "id": "p", "by": 0 }))
        .await;
    assert_eq!(filled.to_json(), json!([null, 5, { "rev": 1 }]));
}

#[tokio::test]
async fn a_method_with_self_keeps_nothing() {
    let client = client().await;
    let read = client.call("pot", "pretend", json!({ "id": "p" })).await;
    assert_eq!(read.to_json(), json!([null, 105, { "rev": 1 }]));
    assert_eq!(level(&client).await, 5);
}

#[tokio::test]
async fn a_method_without_self_belongs_to_the_collection() {
    let client = client().await;
    let doubled = client.call("pot", "double", json!({ "number": 21 })).await;
    assert_eq!(doubled.to_json(), json!([null, 42, {}]));
    let refused = client
        .call("pot", "double", json!({ "id": "p", "number": 21 }))
        .await;
    assert_eq!(refused.error()["errors"]["id"][0]["code"], "unknown_field");
}

#[tokio::test]
async fn a_method_of_a_record_needs_its_id() {
    let client = client().await;
    for payload in [json!({}), json!(null)] {
        let refused = client.call("pot", "read", payload).await;
        assert_eq!(refused.error()["reason"], "invalid");
        assert_eq!(refused.error()["errors"]["id"][0]["code"], "required");
    }
    let refused = client.call("pot", "read", json!({ "id": 5 })).await;
    assert_eq!(refused.error()["errors"]["id"][0]["code"], "wrong_type");
}

#[tokio::test]
async fn a_payload_of_arguments_is_an_object() {
    let client = client().await;
    for payload in [json!("p"), json!([5]), json!(5), json!(true)] {
        let refused = client.call("pot", "fill", payload).await;
        assert_eq!(refused.error()["reason"], "invalid_payload");
    }
}

#[tokio::test]
async fn a_method_may_wait() {
    let client = client().await;
    let filled = client.call("pot", "slowly", json!({ "id": "p", "by": 2 }));
    assert_eq!(filled.await.result(), 7);
    assert_eq!(level(&client).await, 7);
}

#[tokio::test]
async fn a_method_cannot_give_its_record_another_id() {
    let client = client().await;
    let refused = client
        .call("pot", "rename_to", json!({ "id": "p", "to": "q" }))
        .await;
    assert_eq!(refused.error()["name"], "Internal");
    assert_eq!(level(&client).await, 5);
    assert_eq!(client.call("pot", "count", json!({})).await.result(), 1);
}

#[tokio::test]
async fn the_context_may_stand_anywhere_among_the_arguments() {
    let client = client().await;
    for action in ["first_context", "middle_context", "last_context"] {
        let payload = json!({ "id": "p", "_also": 1 });
        assert_eq!(client.call("pot", action, payload).await.result(), 5);
    }
}

#[tokio::test]
async fn the_context_knows_who_calls() {
    let app = support::app(|app| app.resource::<Pot>()).await;
    app.anonymous()
        .call("pot", "create", json!({ "id": "p" }))
        .await;
    let id = json!({ "id": "p" });
    let ann = app.login("ann");
    let said = ann.call("pot", "own_context", id.clone()).await;
    assert_eq!(said.result(), "ann");
    let said = app.anonymous().call("pot", "own_context", id).await;
    assert!(said.result().is_null());
}

#[tokio::test]
async fn a_method_that_is_not_marked_does_not_exist() {
    let client = client().await;
    for action in ["unmarked", "no_such_method", "key", "query", "default"] {
        let refused = client.call("pot", action, json!({ "id": "p" })).await;
        assert_eq!(refused.error()["name"], "MethodNotAllowed", "{action}");
        assert_eq!(refused.error()["reason"], "unknown_action", "{action}");
    }
    assert_eq!(level(&client).await, 5);
}

#[tokio::test]
async fn a_renamed_method_goes_by_its_new_name_alone() {
    let client = client().await;
    let refused = client.call("pot", "fill_up", json!({ "id": "p" })).await;
    assert_eq!(refused.error()["reason"], "unknown_action");
    let filled = client.call("pot", "fillUp", json!({ "id": "p" })).await;
    assert!(filled.result().is_null());
    assert_eq!(level(&client).await, 1000);
}

#[tokio::test]
async fn a_method_may_decide_otherwise_who_may_call_it() {
    let app = support::app(|app| app.resource::<Pot>()).await;
    let (stranger, ann) = (app.anonymous(), app.login("ann"));
    stranger
        .call("pot", "create", json!({ "id": "p", "level": 5 }))
        .await;
    let refused = stranger.call("pot", "drain", json!({ "id": "p" })).await;
    assert_eq!(refused.error()["reason"], "not_authenticated");
    assert_eq!(level(&stranger).await, 5);
    let drained = ann.call("pot", "drain", json!({ "id": "p" })).await;
    assert!(drained.is_ok());
    assert_eq!(level(&stranger).await, 0);
}

#[tokio::test]
async fn reading_and_detached_methods_answer_like_others() {
    let client = client().await;
    for action in ["reads", "detached"] {
        let answer = client.call("pot", action, json!({ "number": 3 })).await;
        assert_eq!(answer.to_json(), json!([null, 3, {}]));
    }
}
