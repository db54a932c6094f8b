//! Arguments of methods keep the rules of their types.

use serde_json::json;

use super::{card, mistake, mistakes, paths};
use crate::support::codes;

#[tokio::test]
async fn an_argument_keeps_the_rules_of_its_type() {
    let (_app, client) = card().await;
    let errors = mistakes(
        &client,
        "plan",
        json!({ "id": "a", "step": { "shortName": "" }, "times": 1 }),
    )
    .await;
    let short = mistake("too_short", "is too short: at least 1", json!({ "min": 1 }));
    assert_eq!(errors, json!({ "step.shortName": short }));
}

#[tokio::test]
async fn all_arguments_are_told_at_once() {
    let (_app, client) = card().await;
    let bad = json!({ "shortName": "x", "note": "damn" });
    let payload = json!({ "id": "a", "step": bad, "more": [{ "shortName": "x" }, bad], "limit": 0, "times": 1 });
    let errors = mistakes(&client, "plan", payload).await;
    assert_eq!(
        paths(&errors),
        ["step.note", "more[1].note", "limit"]
            .map(str::to_owned)
            .into()
    );
}

#[tokio::test]
async fn wrong_types_are_told_first() {
    let (_app, client) = card().await;
    let payload = json!({ "id": "a", "step": { "shortName": "" }, "times": "x" });
    let answer = client.call("card", "plan", payload).await;
    assert_eq!(codes(answer.error()), json!({ "times": "wrong_type" }));
}

#[tokio::test]
async fn good_arguments_arrive() {
    let (_app, client) = card().await;
    let step = json!({ "shortName": "x" });
    let payload = json!({ "id": "a", "step": step, "more": [step], "times": 3 });
    assert_eq!(client.call("card", "plan", payload).await.result(), 4);
}
