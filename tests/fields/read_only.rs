//! Clients see it, and only the server sets it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::{done, only, refused};
use crate::support;

/// Something that is voted on.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Motion {
    id: String,
    #[serde(default)]
    text: String,
    #[serde(default = "three")]
    #[resource(read_only)]
    votes: u32,
    #[resource(read_only)]
    winner: Option<String>,
}

fn three() -> u32 {
    3
}

#[remote]
impl Motion {
    /// Votes for it.
    #[remote]
    fn vote(&mut self) -> u32 {
        self.votes += 1;
        self.votes
    }
}

async fn motion() -> (TestApp, TestClient) {
    let app = support::app(|app| app.resource::<Motion>()).await;
    let client = app.anonymous();
    done(&client, "motion", "create", json!({ "id": "a" })).await;
    done(&client, "motion", "vote", json!({ "id": "a" })).await;
    (app, client)
}

#[tokio::test]
async fn a_new_record_has_the_default() {
    let (_app, client) = motion().await;
    let made = done(
        &client,
        "motion",
        "create",
        json!({ "id": "b", "text": "x" }),
    )
    .await;
    assert_eq!(
        made,
        json!({ "id": "b", "text": "x", "votes": 3, "winner": null })
    );
}

#[tokio::test]
async fn create_does_not_take_it() {
    let (_app, client) = motion().await;
    for votes in [json!(3), json!(9), json!("x"), json!(null)] {
        let new = json!({ "id": "b", "votes": votes });
        assert_eq!(
            refused(&client, "motion", "create", new).await,
            only("votes", "read_only")
        );
    }
}

#[tokio::test]
async fn it_is_refused_together_with_all_that_is_wrong() {
    let (_app, client) = motion().await;
    let new = json!({ "text": 5, "winner": "ann", "colour": 1 });
    let answer = client.call("motion", "create", new).await;
    assert_eq!(
        support::codes(answer.error()),
        json!({ "text": "wrong_type", "winner": "read_only", "colour": "unknown_field" })
    );
    // Nobody is told to send it.
    let message = answer.error()["errors"]["colour"][0]["message"].clone();
    assert_eq!(message, "is unknown; expected one of: id, text");
}

#[tokio::test]
async fn a_change_keeps_it() {
    let (_app, client) = motion().await;
    for action in ["update", "replace"] {
        let changed = done(
            &client,
            "motion",
            action,
            json!({ "id": "a", "text": action }),
        )
        .await;
        assert_eq!(changed["votes"], 4, "{action}");
        assert_eq!(changed["text"], action);
    }
}

#[tokio::test]
async fn a_change_of_it_is_refused() {
    let (_app, client) = motion().await;
    for action in ["update", "replace"] {
        let change = json!({ "id": "a", "votes": 9, "winner": "ann" });
        assert_eq!(
            refused(&client, "motion", action, change).await,
            json!({ "votes": "read_only", "winner": "read_only" }),
            "{action}"
        );
    }
    assert_eq!(done(&client, "motion", "get", json!("a")).await["votes"], 4);
}

#[tokio::test]
async fn a_record_can_be_sent_back_as_it_was_read() {
    let (_app, client) = motion().await;
    for action in ["update", "replace"] {
        let mut motion = done(&client, "motion", "get", json!("a")).await;
        motion["text"] = action.into();
        assert_eq!(
            done(&client, "motion", action, motion.clone()).await,
            motion
        );
    }
}

#[tokio::test]
async fn rust_code_sets_it() {
    let (app, _client) = motion().await;
    let system = app.app().system();
    let set = system
        .update::<Motion, _, _>(&"a".into(), |it| it.votes = 40)
        .await;
    assert_eq!(set.unwrap().votes, 40);
    let new = Motion {
        id: "b".into(),
        text: String::new(),
        votes: 7,
        winner: Some("bob".into()),
    };
    assert_eq!(system.create(new).await.unwrap().votes, 7);
}
