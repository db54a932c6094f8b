//! What a client may get wrong in a request: it is told exactly what, nothing changes, and both this
//! connection and its neighbours are served on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestApp;

use crate::support::creatures;
use crate::support::pair::{Pair, error, invalid};

mod ids;
mod limits;
mod nested;
mod numbers;

async fn pair() -> Pair {
    let bob = json!({ "id": "bob", "name": "Bob" });
    Pair::new(&creatures().await, "creature", bob).await
}

fn unknown_action() -> Value {
    let message = "creature has no action of this name";
    error(405, "MethodNotAllowed", "unknown_action", message)
}

fn malformed(message: &str) -> Value {
    error(400, "BadRequest", "malformed_request", message)
}

const FIELDS: &str = "is unknown; expected one of: id, name, hunger, kind, tags";

#[tokio::test]
async fn an_unknown_resource_is_answered() {
    let pair = pair().await;
    let message = "there is no resource of this name";
    for name in [
        "dragon",
        "",
        "Creature",
        "creature ",
        "__proto__",
        "constructor",
        "кот",
    ] {
        let unknown = error(404, "NotFound", "unknown_resource", message);
        pair.refuses(json!([name, "get", "bob"]), unknown).await;
    }
}

#[tokio::test]
async fn an_unknown_action_of_sockful_itself_is_answered() {
    let pair = pair().await;
    let message = "sockful has no action of this name";
    for name in ["get", "", "auth", "closing", "Auth"] {
        let unknown = error(405, "MethodNotAllowed", "unknown_action", message);
        pair.refuses(json!(["sockful", name, {}]), unknown).await;
    }
}

#[tokio::test]
async fn an_unknown_action_is_answered() {
    let pair = pair().await;
    for name in [
        "fly",
        "",
        "GET",
        "get ",
        "__proto__",
        "constructor",
        "toString",
        "创建",
        "\u{0}",
    ] {
        pair.refuses(json!(["creature", name, { "id": "bob" }]), unknown_action())
            .await;
    }
}

#[tokio::test]
async fn a_method_that_is_not_marked_cannot_be_told_from_one_that_is_not_there() {
    let pair = pair().await;
    for payload in [json!({ "id": "bob" }), json!("bob"), json!(null), json!(5)] {
        pair.refuses(
            json!(["creature", "is_starving", payload]),
            unknown_action(),
        )
        .await;
    }
}

#[tokio::test]
async fn an_action_must_be_text() {
    let pair = pair().await;
    for action in [
        json!(7),
        json!(null),
        json!(true),
        json!(["get"]),
        json!({ "get": 1 }),
    ] {
        let refused = malformed("expected an action as text after the resource");
        pair.refuses(json!(["creature", action, "bob"]), refused)
            .await;
    }
    let refused = malformed("expected an action as text after the resource");
    pair.refuses(json!(["creature"]), refused).await;
}

#[tokio::test]
async fn a_resource_must_be_text() {
    let pair = pair().await;
    for arguments in [
        json!([7, "get"]),
        json!([null]),
        json!([]),
        json!([["creature"], "get"]),
    ] {
        let refused = malformed("expected an array that starts with a resource");
        pair.refuses(arguments, refused).await;
    }
}

#[tokio::test]
async fn an_action_that_needs_a_payload_says_what_is_missing() {
    let pair = pair().await;
    for (action, needs) in [
        ("get", "an id"),
        ("destroy", "an id"),
        ("create", "a record, or an array of records"),
        ("update", "a record with its id"),
        ("replace", "a record with its id"),
    ] {
        let message = format!("{action} needs {needs}");
        let refused = error(400, "BadRequest", "payload_required", &message);
        pair.refuses(json!(["creature", action]), refused.clone())
            .await;
        pair.refuses(json!(["creature", action, null]), refused)
            .await;
    }
    let required = invalid(&[
        ("food", "required", "is required"),
        ("id", "required", "is required"),
    ]);
    pair.refuses(json!(["creature", "feed"]), required.clone())
        .await;
    pair.refuses(json!(["creature", "feed", null]), required)
        .await;
}

#[tokio::test]
async fn a_payload_of_a_wrong_shape_is_refused() {
    let pair = pair().await;
    let no_object = error(400, "BadRequest", "invalid_payload", "expected an object");
    for payload in [json!(5), json!("bob"), json!(true), json!(1.5)] {
        pair.refuses(json!(["creature", "create", payload]), no_object.clone())
            .await;
        pair.refuses(json!(["creature", "update", payload]), no_object.clone())
            .await;
        pair.refuses(json!(["creature", "replace", payload]), no_object.clone())
            .await;
        pair.refuses(json!(["creature", "feed", payload]), no_object.clone())
            .await;
        let no_query = error(
            400,
            "BadRequest",
            "invalid_query",
            "expected a query: an object",
        );
        pair.refuses(json!(["creature", "all", payload]), no_query.clone())
            .await;
        pair.refuses(json!(["creature", "count", payload]), no_query)
            .await;
    }
    for action in ["update", "replace", "feed"] {
        pair.refuses(
            json!(["creature", action, [{ "id": "bob" }]]),
            no_object.clone(),
        )
        .await;
    }
}

#[tokio::test]
async fn wrong_types_are_told_all_at_once_with_their_paths() {
    let pair = pair().await;
    let payload = json!({
        "id": "cy", "name": 5, "hunger": "much", "kind": { "dragon": { "wings": "two" } }, "tags": ["red", 7],
    });
    let wrong = invalid(&[
        (
            "hunger",
            "wrong_type",
            "expected an integer from 0 to 255, found text",
        ),
        (
            "kind.dragon.wings",
            "wrong_type",
            "expected an integer from 0 to 255, found text",
        ),
        ("name", "wrong_type", "expected text, found 5"),
        ("tags[1]", "wrong_type", "expected text, found 7"),
    ]);
    pair.refuses(json!(["creature", "create", payload]), wrong.clone())
        .await;
    let mut payload = payload;
    payload["id"] = "bob".into();
    pair.refuses(json!(["creature", "update", payload]), wrong.clone())
        .await;
    pair.refuses(json!(["creature", "replace", payload]), wrong)
        .await;
}

#[tokio::test]
async fn null_is_for_optional_fields_alone() {
    let pair = pair().await;
    let wrong = invalid(&[
        (
            "hunger",
            "wrong_type",
            "expected an integer from 0 to 255, found null",
        ),
        ("name", "wrong_type", "expected text, found null"),
        ("tags", "wrong_type", "expected a list, found null"),
    ]);
    let payload = json!({ "id": "bob", "name": null, "hunger": null, "tags": null });
    pair.refuses(json!(["creature", "update", payload]), wrong)
        .await;
}

#[tokio::test]
async fn an_unknown_variant_is_refused() {
    let pair = pair().await;
    let payload = json!({ "id": "cy", "name": "Cy", "kind": "unicorn" });
    let wrong = invalid(&[(
        "kind",
        "unknown_variant",
        "is unknown; expected one of: dragon, ghost, other",
    )]);
    pair.refuses(json!(["creature", "create", payload]), wrong)
        .await;
}

#[tokio::test]
async fn unknown_fields_are_refused_by_name() {
    let pair = pair().await;
    for name in [
        "colour",
        "__proto__",
        "constructor",
        "prototype",
        "Name",
        "",
        "na me",
        "名",
    ] {
        let payload = json!({ "id": "cy", "name": "Cy", name: { "polluted": true } });
        let unknown = invalid(&[(name, "unknown_field", FIELDS)]);
        pair.refuses(json!(["creature", "create", payload]), unknown.clone())
            .await;
        let payload = json!({ "id": "bob", name: { "polluted": true } });
        pair.refuses(json!(["creature", "update", payload]), unknown)
            .await;
        let payload = json!({ "id": "bob", "food": "a pear", name: 1 });
        let unknown = invalid(&[(
            name,
            "unknown_field",
            "is unknown; expected one of: id, food",
        )]);
        pair.refuses(json!(["creature", "feed", payload]), unknown)
            .await;
        let payload = json!({ "id": "bob", name: 1 });
        let unknown = invalid(&[(name, "unknown_field", "is unknown; expected one of: id")]);
        pair.refuses(json!(["creature", "destroy", payload]), unknown)
            .await;
        let unknown = "is unknown; expected one of: id, $include";
        let unknown = invalid(&[(name, "unknown_field", unknown)]);
        pair.refuses(json!(["creature", "get", payload]), unknown)
            .await;
        let mut unknown = invalid(&[(
            name,
            "unknown_field",
            &format!("{FIELDS}, $and, $or, $not, $sort, $limit, $skip, $after, $select, $include"),
        )]);
        unknown["code"] = 400.into();
        unknown["name"] = "BadRequest".into();
        unknown["reason"] = "invalid_query".into();
        pair.refuses(json!(["creature", "all", { name: 1 }]), unknown)
            .await;
    }
}

#[tokio::test]
async fn whoever_asks_for_no_answer_gets_none_and_harms_nobody() {
    let pair = pair().await;
    for arguments in [
        json!(["dragon", "get"]),
        json!(["creature"]),
        json!([]),
        json!(["creature", "create", { "name": 5 }]),
        json!(["creature", "get", "bob", {}, 5]),
        json!(["creature", "feed", { "id": "nobody", "food": "x" }]),
    ] {
        pair.client.send(arguments.as_array().unwrap());
        pair.unharmed().await;
    }
}
