//! What a method leaves behind is the server's doing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;

use super::{Card, card};
use crate::support::folder::Folder;

#[tokio::test]
async fn a_method_that_breaks_a_rule_has_failed() {
    let (_app, client) = card().await;
    let answer = client
        .call("card", "entitle", json!({ "id": "a", "title": "" }))
        .await;
    assert_eq!(answer.error()["name"], "Internal");
    assert_eq!(
        client.call("card", "get", json!("a")).await.result()["title"],
        "A"
    );
    // One that breaks none goes on.
    client
        .call("card", "entitle", json!({ "id": "a", "title": "B" }))
        .await
        .result();
    let priced = client
        .call("card", "price", json!({ "id": "a", "cost": 101 }))
        .await;
    let told = priced.to_json().to_string();
    assert_eq!(priced.error()["name"], "Internal");
    assert!(!told.contains("cost") && !told.contains("canary"), "{told}");
}

/// A card before it had rules.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "card")]
struct Old {
    id: String,
    title: String,
}

/// Records may be older than a rule.
#[tokio::test]
async fn what_was_wrong_before_is_not_the_methods_doing() {
    let folder = Folder::new("rules");
    let store = || Sqlite::open(folder.path().join("app.db")).unwrap();
    let old = App::builder()
        .store(store())
        .resource::<Old>()
        .build()
        .await;
    let old = old.unwrap();
    let title = String::new();
    old.system()
        .create(Old {
            id: "a".into(),
            title,
        })
        .await
        .unwrap();
    drop(old);
    let app = App::builder()
        .store(store())
        .resource::<Card>()
        .build()
        .await;
    let client = TestApp::new(app.unwrap()).anonymous();
    client
        .call("card", "price", json!({ "id": "a", "cost": 5 }))
        .await
        .result();
    let worse = client
        .call("card", "price", json!({ "id": "a", "cost": 101 }))
        .await;
    assert_eq!(worse.error()["name"], "Internal");
}
