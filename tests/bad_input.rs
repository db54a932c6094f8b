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
        "sockful",
        "кот",
    ] {
        let unknown = error(404, "NotFound", "unknown_resource", message);
        pair.refuses(json!([name, "get", "bob"]), unknown).await;
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
    let required = invalid(&[("id", "required", "is required")]);
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
        pair.refuses(json!(["creature", "get", payload]), unknown.clone())
            .await;
        pair.refuses(json!(["creature", "destroy", payload]), unknown)
            .await;
        let mut unknown = invalid(&[(
            name,
            "unknown_field",
            "is unknown; expected one of: $limit, $after",
        )]);
        unknown["code"] = 400.into();
        unknown["name"] = "BadRequest".into();
        unknown["reason"] = "invalid_query".into();
        pair.refuses(json!(["creature", "all", { name: 1 }]), unknown)
            .await;
    }
}

#[tokio::test]
async fn what_a_query_cannot_mean_is_refused() {
    let pair = pair().await;
    let wrong = |path: &str, message: &str| {
        let mut error = invalid(&[(path, "wrong_type", message)]);
        error["code"] = 400.into();
        error["name"] = "BadRequest".into();
        error["reason"] = "invalid_query".into();
        error
    };
    for limit in [
        json!(-1),
        json!(1.5),
        json!("1"),
        json!(null),
        json!([1]),
        json!({ "$gt": 1 }),
    ] {
        let refused = wrong("$limit", "expected a whole number from 0");
        pair.refuses(json!(["creature", "all", { "$limit": limit }]), refused)
            .await;
    }
    for cursor in [
        json!(""),
        json!("x"),
        json!(5),
        json!(null),
        json!("i1.5"),
        json!("ü"),
    ] {
        let refused = wrong("$after", "expected the `meta.next` of an answer");
        pair.refuses(json!(["creature", "all", { "$after": cursor }]), refused)
            .await;
    }
}

#[tokio::test]
async fn extra_arguments_are_refused() {
    let pair = pair().await;
    let refused = error(
        400,
        "BadRequest",
        "extra_arguments",
        "expected at most a payload and options",
    );
    pair.refuses(json!(["creature", "get", "bob", {}, 1]), refused.clone())
        .await;
    pair.refuses(
        json!(["creature", "destroy", "bob", {}, null]),
        refused.clone(),
    )
    .await;
    let many: Vec<Value> = [json!("creature"), json!("get")]
        .into_iter()
        .chain((0..10_000).map(Value::from))
        .collect();
    pair.refuses(many.into(), refused).await;
}

#[tokio::test]
async fn options_that_mean_nothing_are_refused() {
    let pair = pair().await;
    let message = "options are an object with timeout_ms, if_rev or op";
    for options in [
        json!(5),
        json!("now"),
        json!([1, 2, 3, 4]),
        json!({ "timeout": 5 }),
        json!({ "timeout_ms": -1 }),
        json!({ "timeout_ms": "5" }),
        json!({ "timeout_ms": 1e300 }),
        json!({ "if_rev": 1.5 }),
        json!({ "__proto__": {} }),
    ] {
        let refused = error(400, "BadRequest", "invalid_options", message);
        pair.refuses(
            json!(["creature", "update", { "id": "bob", "hunger": 9 }, options]),
            refused,
        )
        .await;
    }
    let refused = error(
        400,
        "BadRequest",
        "invalid_options",
        "if_rev is for calls that change one record",
    );
    for (action, payload) in [
        ("get", json!("bob")),
        ("all", json!({})),
        ("create", json!({ "name": "Cy" })),
    ] {
        pair.refuses(
            json!(["creature", action, payload, { "if_rev": 1 }]),
            refused.clone(),
        )
        .await;
    }
}

#[tokio::test]
async fn a_payload_nests_so_deep_and_no_deeper() {
    let pair = pair().await;
    let refused = error(
        400,
        "BadRequest",
        "too_deep",
        "a payload may be nested 64 levels deep",
    );
    for levels in [64, 100, 1_000] {
        let mut deep = json!(1);
        for _ in 0..levels {
            deep = json!([deep]);
        }
        for action in [
            "create", "update", "replace", "feed", "get", "destroy", "all", "count",
        ] {
            pair.refuses(json!(["creature", action, { "x": deep }]), refused.clone())
                .await;
        }
    }
}

#[tokio::test]
async fn a_payload_has_so_many_bytes_and_no_more() {
    let pair = pair().await;
    let name = "x".repeat(256 * 1024);
    let refused = error(
        400,
        "BadRequest",
        "payload_too_large",
        "a payload may have 262144 bytes",
    );
    for action in [
        "create", "update", "replace", "feed", "get", "destroy", "all", "count",
    ] {
        pair.refuses(
            json!(["creature", action, { "id": "bob", "name": name }]),
            refused.clone(),
        )
        .await;
    }
}

#[tokio::test]
async fn a_large_mistake_gets_a_small_answer() {
    let app = creatures().await;
    let client = app.anonymous();
    let many: Value = (0..20_000)
        .map(|n| (n.to_string(), json!(0)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let long = json!({ "x".repeat(200_000): 1 });
    let wide: Value = (0..1_000)
        .map(|_| json!({ "a": 1, "b": 2, "c": 3, "d": 4, "e": 5 }))
        .collect();
    for action in [
        "create", "update", "replace", "feed", "get", "destroy", "all", "count",
    ] {
        for payload in [&many, &long, &wide] {
            let answer = client.call("creature", action, payload.clone()).await;
            let size = answer.to_json().to_string().len();
            assert!(
                !answer.is_ok() && size < 64 * 1024,
                "{action}: {size} bytes"
            );
        }
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
