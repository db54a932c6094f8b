//! A client sets it when the record is created, and never again.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::{done, only, refused};
use crate::support;

/// A match of two.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Game {
    id: String,
    #[resource(immutable)]
    host: String,
    #[serde(default)]
    #[resource(immutable)]
    at: Option<jiff::Timestamp>,
    #[serde(default)]
    #[resource(immutable)]
    words: HashSet<String>,
    #[serde(default)]
    score: u32,
}

#[remote]
impl Game {
    /// Gives it to another.
    #[remote]
    fn hand_over(&mut self, to: String) {
        self.host = to;
    }
}

async fn game() -> (TestApp, TestClient) {
    let app = support::app(|app| app.resource::<Game>()).await;
    let client = app.anonymous();
    let words: Vec<_> = (0..20).map(|it| it.to_string()).collect();
    let new = json!({ "id": "a", "host": "ann", "at": "2026-11-21T12:00:00Z", "words": words });
    done(&client, "game", "create", new).await;
    (app, client)
}

#[tokio::test]
async fn a_change_of_it_is_refused() {
    let (_app, client) = game().await;
    for action in ["update", "replace"] {
        let change = json!({ "id": "a", "host": "bob", "at": null, "score": 5 });
        let wrong = refused(&client, "game", action, change).await;
        assert_eq!(
            wrong,
            json!({ "host": "immutable", "at": "immutable" }),
            "{action}"
        );
    }
    let game = done(&client, "game", "get", json!("a")).await;
    assert_eq!((&game["host"], &game["score"]), (&json!("ann"), &json!(0)));
}

#[tokio::test]
async fn the_value_it_has_is_no_change() {
    let (_app, client) = game().await;
    for (score, action) in [(1, "update"), (2, "replace")] {
        // The same moment in other digits.
        let same = json!({ "id": "a", "host": "ann", "at": "2026-11-21T13:00:00.000+01:00", "score": score });
        assert_eq!(done(&client, "game", action, same).await["score"], score);
        // A set has no order of its own: what was read can be sent back all the same.
        let mut read = done(&client, "game", "get", json!("a")).await;
        read["score"] = json!(score * 10);
        assert_eq!(done(&client, "game", action, read.clone()).await, read);
    }
}

#[tokio::test]
async fn a_replacement_without_it_keeps_it() {
    let (_app, client) = game().await;
    let before = done(&client, "game", "get", json!("a")).await;
    let after = done(&client, "game", "replace", json!({ "id": "a", "score": 3 })).await;
    assert_eq!(after["host"], "ann");
    assert_eq!(after["at"], "2026-11-21T12:00:00.000000Z");
    assert_eq!(after["words"], before["words"]);
}

#[tokio::test]
async fn a_value_of_a_wrong_type_is_told_as_such() {
    let (_app, client) = game().await;
    let wrong = refused(&client, "game", "update", json!({ "id": "a", "host": 5 })).await;
    assert_eq!(wrong, only("host", "wrong_type"));
    let wrong = refused(&client, "game", "create", json!({ "id": "b" })).await;
    assert_eq!(wrong, only("host", "required"));
}

#[tokio::test]
async fn rust_code_may_change_it() {
    let (app, client) = game().await;
    done(
        &client,
        "game",
        "hand_over",
        json!({ "id": "a", "to": "bob" }),
    )
    .await;
    assert_eq!(
        done(&client, "game", "get", json!("a")).await["host"],
        "bob"
    );
    let (system, id) = (app.app().system(), "a".to_owned());
    let changed = system.update::<Game, _, _>(&id, |it| it.host = "eve".into());
    assert_eq!(changed.await.unwrap().host, "eve");
}
