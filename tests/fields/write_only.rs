//! Clients set it, and it never leaves the server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::{Clock, done, only, refused};
use crate::support;

/// A door with a secret.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Door {
    id: String,
    #[serde(default, skip_serializing)]
    #[resource(write_only)]
    pin: String,
    #[serde(default)]
    open: bool,
}

#[remote]
impl Door {
    /// Opens it.
    #[remote]
    fn unlock(&mut self, pin: String) -> bool {
        self.open = self.pin == pin;
        self.open
    }

    /// Answers the whole of it.
    #[remote]
    fn show(&self) -> Self {
        Self {
            id: self.id.clone(),
            pin: self.pin.clone(),
            open: self.open,
        }
    }
}

/// The door `a`, whose pin is `canary`.
async fn door() -> (TestApp, TestClient) {
    let app = support::app(|app| app.resource::<Door>()).await;
    let client = app.anonymous();
    let door = done(
        &client,
        "door",
        "create",
        json!({ "id": "a", "pin": "canary" }),
    )
    .await;
    assert_eq!(door, json!({ "id": "a", "open": false }));
    (app, client)
}

#[tokio::test]
async fn what_a_client_sets_is_stored() {
    let (app, client) = door().await;
    assert_eq!(
        app.app()
            .system()
            .get::<Door>(&"a".into())
            .await
            .unwrap()
            .pin,
        "canary"
    );
    for (action, pin) in [("update", "other"), ("replace", "third")] {
        done(&client, "door", action, json!({ "id": "a", "pin": pin })).await;
        let unlocked = client
            .call("door", "unlock", json!({ "id": "a", "pin": pin }))
            .await;
        assert_eq!(unlocked.result(), true, "{action}");
    }
}

#[tokio::test]
async fn no_answer_holds_it() {
    let (_app, client) = door().await;
    for (action, payload) in [
        ("get", json!("a")),
        ("all", json!({})),
        ("show", json!({ "id": "a" })),
        ("update", json!({ "id": "a", "open": true })),
        ("replace", json!({ "id": "a", "pin": "canary" })),
        ("destroy", json!("a")),
    ] {
        let answer = client.call("door", action, payload).await;
        answer.result();
        let text = answer.to_json().to_string();
        assert!(
            !text.contains("pin") && !text.contains("canary"),
            "{action}: {text}"
        );
    }
}

#[tokio::test]
async fn queries_do_not_know_it() {
    let (_app, client) = door().await;
    for query in [
        json!({ "pin": "canary" }),
        json!({ "$select": ["pin"] }),
        json!({ "$sort": { "pin": 1 } }),
        json!({ "$not": { "pin": { "$gt": "a" } } }),
    ] {
        let answer = client.call("door", "all", query.clone()).await;
        let codes = support::codes(answer.error());
        let codes: Vec<_> = codes.as_object().unwrap().values().collect();
        assert_eq!(codes, ["unknown_field"], "{query}");
    }
}

#[tokio::test]
async fn a_replacement_without_it_keeps_it() {
    let (app, client) = door().await;
    let door = done(&client, "door", "get", json!("a")).await;
    done(&client, "door", "replace", door).await;
    assert_eq!(
        app.app()
            .system()
            .get::<Door>(&"a".into())
            .await
            .unwrap()
            .pin,
        "canary"
    );
}

#[tokio::test]
async fn what_is_wrong_with_it_is_told() {
    let (_app, client) = door().await;
    for action in ["update", "replace"] {
        let wrong = refused(&client, "door", action, json!({ "id": "a", "pin": 5 })).await;
        assert_eq!(wrong, only("pin", "wrong_type"));
    }
}

/// A safe whose code nobody sees and nobody changes.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Safe {
    id: String,
    #[serde(default, skip_serializing)]
    #[resource(write_only, immutable)]
    code: String,
    #[serde(default, skip_serializing)]
    #[resource(write_only)]
    hint: Option<String>,
    #[serde(default)]
    label: String,
    #[resource(updated_at)]
    changed: jiff::Timestamp,
}

/// The safe `a` with the code `canary` and the hint `bird`, made in the first microsecond. The clock says the second.
async fn safe() -> (TestApp, TestClient) {
    let clock = Clock::default();
    let at = clock.clone();
    let app = support::app(|app| app.resource::<Safe>().clock(move || at.now())).await;
    let client = app.anonymous();
    clock.set(1);
    let new = json!({ "id": "a", "code": "canary", "hint": "bird" });
    done(&client, "safe", "create", new).await;
    clock.set(2);
    (app, client)
}

#[tokio::test]
async fn who_guesses_what_cannot_change_is_not_told_whether_that_is_right() {
    for action in ["update", "replace"] {
        let guess = async |code: &str| {
            let (_app, client) = safe().await;
            let guess = json!({ "id": "a", "code": code, "label": "new" });
            client.call("safe", action, guess).await.to_json()
        };
        let right = guess("canary").await;
        assert_eq!(support::codes(&right[0]), only("code", "immutable"));
        assert_eq!(right, guess("canario").await, "{action}");
        // Who does not name it, may change the rest.
        let (app, client) = safe().await;
        done(
            &client,
            "safe",
            action,
            json!({ "id": "a", "label": "new" }),
        )
        .await;
        let kept = app.app().system().get::<Safe>(&"a".into()).await.unwrap();
        assert_eq!(
            (&*kept.code, kept.hint.as_deref()),
            ("canary", Some("bird"))
        );
    }
}

#[tokio::test]
async fn who_sets_it_to_what_it_is_is_not_told_so() {
    for action in ["update", "replace", "commit"] {
        let set = async |hint: serde_json::Value| {
            let (_app, client) = safe().await;
            let set = json!({ "id": "a", "hint": hint });
            let answer = match action {
                "commit" => {
                    let items = json!([["safe", "update", set]]);
                    client.call("sockful", "commit", items).await
                }
                _ => client.call("safe", action, set).await,
            };
            answer.to_json()
        };
        let same = set(json!("bird")).await;
        assert_eq!(same[2]["pos"], 2, "{action}: {same}");
        assert!(same.to_string().contains("00:00:00.000002Z"), "{same}");
        assert_eq!(same, set(json!("cat")).await, "{action}");
        assert_eq!(same, set(json!(null)).await, "{action}");
    }
    // What names none is no change where it says what is there.
    let (_app, client) = safe().await;
    let none = client.call("safe", "update", json!({ "id": "a" })).await;
    assert_eq!(none.meta().get("pos"), None);
}
