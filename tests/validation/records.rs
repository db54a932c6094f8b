//! A record is held against its rules before it is written.

use serde_json::{Value, json};

use super::{Card, card, mistakes, paths};
use crate::support::codes;

#[tokio::test]
async fn a_new_record_keeps_the_rules() {
    let (_app, client) = card().await;
    let errors = mistakes(&client, "create", json!({ "id": "b", "title": "" })).await;
    assert_eq!(errors["title"][0]["code"], "too_short");
    let got = client.call("card", "get", json!("b")).await;
    assert_eq!(got.error()["name"], "NotFound");
}

#[tokio::test]
async fn everything_that_breaks_a_rule_is_told_at_once() {
    let (_app, client) = card().await;
    let new = json!({
        "id": "b", "title": "", "storyPoints": 9, "assignee": "ann", "tags": ["ab", "c", "é"],
        "cover": { "colour": { "hueAngle": 400 } }, "steps": [{ "shortName": "x" }, { "shortName": "", "note": "damn" }],
        "slug": "A", "sameSlug": "b", "pin": "12345",
    });
    let answer = client.call("card", "create", new).await;
    assert_eq!(
        codes(answer.error()),
        json!({
            "title": "too_short", "storyPoints": "out_of_range", "assignee": "email", "tags[1]": "too_short", "tags[2]": "ascii",
            "cover.colour.hueAngle": "out_of_range", "steps[1].shortName": "too_short", "steps[1].note": "invalid",
            "slug": "pattern", "sameSlug": "matches", "pin": "too_long",
        })
    );
}

#[tokio::test]
async fn each_record_of_a_batch_keeps_them() {
    let (_app, client) = card().await;
    let batch = json!([{ "id": "b", "title": "" }, { "id": "c", "title": "C" }, { "id": "d", "title": "D", "tags": ["x"] }]);
    let errors = mistakes(&client, "create", batch).await;
    assert_eq!(
        paths(&errors),
        ["[0].title", "[2].tags[0]"].map(str::to_owned).into()
    );
    assert_eq!(client.call("card", "count", Value::Null).await.result(), 1);
}

#[tokio::test]
async fn the_merged_record_of_an_update_keeps_them() {
    let (_app, client) = card().await;
    let errors = mistakes(
        &client,
        "update",
        json!({ "id": "a", "storyPoints": 0, "slug": "abc" }),
    )
    .await;
    // The one field because of what was sent, the other because of what was there.
    assert_eq!(
        paths(&errors),
        ["storyPoints", "sameSlug"].map(str::to_owned).into()
    );
    assert_eq!(
        client.call("card", "get", json!("a")).await.result()["storyPoints"],
        1
    );
}

#[tokio::test]
async fn a_replacement_keeps_them() {
    let (_app, client) = card().await;
    let errors = mistakes(&client, "replace", json!({ "id": "a", "title": "" })).await;
    assert_eq!(paths(&errors), ["title".to_owned()].into());
}

#[tokio::test]
async fn what_rust_code_writes_keeps_them() {
    let (app, client) = card().await;
    let drawn = client.call("card", "draw", json!({ "title": "" })).await;
    assert_eq!(drawn.result(), "title is too short: at least 1");
    let system = app.app().system();
    let id = "a".to_owned();
    let change = system.update::<Card, _, _>(&id, |card| card.title.clear());
    let error = change.await.unwrap_err();
    assert_eq!(error.code(), 422);
    assert_eq!(error.fields().next().unwrap().path, "title");
}

#[tokio::test]
async fn wrong_types_are_told_first() {
    let (_app, client) = card().await;
    let new = json!({ "id": "b", "title": "", "storyPoints": "x" });
    let errors = mistakes(&client, "create", new).await;
    assert_eq!(paths(&errors), ["storyPoints".to_owned()].into());
}

#[tokio::test]
async fn a_private_field_that_breaks_a_rule_is_not_named() {
    let (app, client) = card().await;
    let system = app.app().system();
    let error = system
        .update::<Card, _, _>(&"a".into(), |card| card.cost = 101)
        .await
        .unwrap_err();
    assert_eq!(error.code(), 422);
    let told = serde_json::to_string(&error).unwrap();
    assert!(!told.contains("cost") && !told.contains("canary"), "{told}");
    // Together with others, those are told.
    let both = |card: &mut Card| {
        card.cost = 101;
        card.title.clear();
    };
    let error = system
        .update::<Card, _, _>(&"a".into(), both)
        .await
        .unwrap_err();
    assert_eq!(
        error
            .fields()
            .map(|it| it.path.as_str())
            .collect::<Vec<_>>(),
        ["title"]
    );
    assert!(!serde_json::to_string(&error).unwrap().contains("cost"));
    drop(client);
}
