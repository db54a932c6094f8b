//! Hooks come first, then what the server itself sets, then rules, then the policy.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::Hooks;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::{Clock, done, only, refused};
use crate::support;

#[derive(Debug)]
struct User {
    id: String,
}

/// Hooks may not have the last word on everything.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, Resource)]
#[garde(allow_unvalidated)]
#[resource(hooks)]
#[policy(user = User, read(true), write(owner == user.id && text != "secret"))]
struct Slip {
    id: String,
    #[resource(set = user.id)]
    owner: String,
    #[garde(length(min = 3))]
    text: String,
    #[serde(default)]
    seen: Vec<String>,
    #[resource(updated_at)]
    updated: jiff::Timestamp,
}

impl Hooks for Slip {
    async fn before_create(_cx: &Cx, new: &mut Self) -> Result<()> {
        new.seen.push(format!("created by {}", new.owner));
        new.owner = "nobody".into();
        new.text = new.text.trim().to_owned();
        Ok(())
    }

    async fn before_update(_cx: &Cx, _old: &Self, new: &mut Self) -> Result<()> {
        new.seen
            .push(format!("changed at {}", new.updated.as_microsecond()));
        new.updated = jiff::Timestamp::UNIX_EPOCH;
        new.text = new.text.trim().to_owned();
        Ok(())
    }
}

async fn slips() -> (TestApp, TestClient, Clock) {
    let clock = Clock::default();
    let at = clock.clone();
    let user = async |_cx: Cx, id: String| Ok(Some(User { id }));
    let app = support::app(|app| app.resource::<Slip>().user(user).clock(move || at.now())).await;
    let ann = app.login("ann");
    clock.set(1);
    done(
        &ann,
        "slip",
        "create",
        json!({ "id": "a", "text": "  text  " }),
    )
    .await;
    (app, ann, clock)
}

#[tokio::test]
async fn a_hook_sees_what_the_server_sets_and_does_not_change_it() {
    let (_app, ann, clock) = slips().await;
    let slip = done(&ann, "slip", "get", json!("a")).await;
    assert_eq!(
        (&slip["owner"], &slip["seen"]),
        (&json!("ann"), &json!(["created by ann"]))
    );
    clock.set(2);
    let slip = done(&ann, "slip", "update", json!({ "id": "a" })).await;
    // The hook has changed the record, so it has changed now.
    assert_eq!(slip["updated"], "1970-01-01T00:00:00.000002Z");
    assert_eq!(slip["seen"][1], "changed at 1");
}

#[tokio::test]
async fn rules_are_held_against_what_hooks_leave() {
    let (_app, ann, _clock) = slips().await;
    assert_eq!(done(&ann, "slip", "get", json!("a")).await["text"], "text");
    for (action, payload) in [
        ("create", json!({ "id": "b", "text": " xx " })),
        ("update", json!({ "id": "a", "text": " xx " })),
        ("replace", json!({ "id": "a", "text": " xx " })),
    ] {
        assert_eq!(
            refused(&ann, "slip", action, payload).await,
            only("text", "too_short")
        );
    }
}

#[tokio::test]
async fn the_policy_judges_what_keeps_the_rules() {
    let (_app, ann, _clock) = slips().await;
    for action in ["create", "update", "replace"] {
        let id = if action == "create" { "b" } else { "a" };
        let answer = ann
            .call("slip", action, json!({ "id": id, "text": " secret " }))
            .await;
        assert_eq!(answer.error()["name"], "Forbidden", "{action}");
    }
}
