//! What a mistake looks like: as any other error of a field.

use serde_json::{Value, json};

use super::{card, mistake, mistakes, paths};
use crate::support::codes;

#[tokio::test]
async fn a_mistake_has_a_code_a_message_and_parameters() {
    let (_app, client) = card().await;
    let long = "x".repeat(21);
    let new = json!({ "id": "b", "title": long, "storyPoints": 9, "assignee": "ann", "slug": "A", "sameSlug": "b" });
    let errors = mistakes(&client, "create", new).await;
    assert_eq!(
        errors["title"],
        mistake("too_long", "is too long: at most 20", json!({ "max": 20 }))
    );
    assert_eq!(
        errors["storyPoints"],
        mistake("out_of_range", "must be at most 5", json!({ "max": 5 }))
    );
    let email = "is not a valid email address: value is missing `@`";
    assert_eq!(errors["assignee"], mistake("email", email, Value::Null));
    let pattern = mistake(
        "pattern",
        "does not match the pattern ^[a-z]*$",
        json!({ "pattern": "^[a-z]*$" }),
    );
    assert_eq!(errors["slug"], pattern);
    assert_eq!(
        errors["sameSlug"],
        mistake("matches", "does not match slug", json!({ "field": "slug" }))
    );
}

#[tokio::test]
async fn a_rule_of_ones_own_is_invalid_in_its_own_words() {
    let (_app, client) = card().await;
    let update = json!({ "id": "a", "steps": [{ "shortName": "x", "note": "damn" }] });
    let errors = mistakes(&client, "update", update).await;
    assert_eq!(
        errors,
        json!({ "steps[0].note": mistake("invalid", "is rude", Value::Null) })
    );
}

#[tokio::test]
async fn paths_are_those_of_the_wire() {
    let (_app, client) = card().await;
    for (cover, path) in [
        (
            json!({ "colour": { "hueAngle": 361 } }),
            "cover.colour.hueAngle",
        ),
        (json!({ "link": "x" }), "cover.link"),
    ] {
        let errors = mistakes(&client, "update", json!({ "id": "a", "cover": cover })).await;
        assert_eq!(paths(&errors), [path.to_owned()].into());
    }
}

/// Whatever is wrong with a form, each mistake stands beside its field, in one shape.
#[tokio::test]
async fn a_form_shows_every_kind_of_mistake_beside_its_field() {
    let (_app, client) = card().await;
    let form =
        |title: Value, points: Value| json!({ "id": "b", "title": title, "storyPoints": points });
    // What serde says, what a rule says, what the store says.
    let mut shown = Vec::new();
    for (title, points) in [
        (json!(5), json!("x")),
        (json!(""), json!(0)),
        (json!("A"), json!(3)),
    ] {
        let answer = client.call("card", "create", form(title, points)).await;
        for (path, errors) in answer.error()["errors"].as_object().unwrap() {
            for error in errors.as_array().unwrap() {
                assert!(error["message"].is_string(), "{error}");
                shown.push(format!("{path} {}", error["code"].as_str().unwrap()));
            }
        }
    }
    assert_eq!(
        shown,
        [
            "storyPoints wrong_type",
            "title wrong_type",
            "storyPoints out_of_range",
            "title too_short",
            "title unique"
        ]
    );
}

#[tokio::test]
async fn a_method_says_so_itself() {
    let (_app, client) = card().await;
    let answer = client
        .call("card", "rename", json!({ "id": "a", "title": "taken" }))
        .await;
    assert_eq!(
        codes(answer.error()),
        json!({ "title": "too_common", "tags[0]": "off_topic" })
    );
    assert_eq!(
        answer.error()["message"],
        "tags[0] has nothing to do with it; title is too common"
    );
}
