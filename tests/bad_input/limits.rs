//! Requests that ask for what there is not, or for too much.

use std::collections::BTreeMap;

use super::*;

#[tokio::test]
async fn what_a_query_cannot_mean_is_refused() {
    let pair = pair().await;
    let wrong = |path: &str, code: &str, message: &str| {
        let mut error = invalid(&[(path, code, message)]);
        error["code"] = 400.into();
        error["name"] = "BadRequest".into();
        error["reason"] = "invalid_query".into();
        error
    };
    for (limit, found) in [
        (json!(-1), "-1"),
        (json!(1.5), "1.5"),
        (json!("1"), "text"),
        (json!(null), "null"),
        (json!([1]), "a list"),
        (json!({ "$gt": 1 }), "an object"),
    ] {
        let message = format!("expected a whole number from 0, found {found}");
        let refused = wrong("$limit", "wrong_type", &message);
        pair.refuses(json!(["creature", "all", { "$limit": limit }]), refused)
            .await;
    }
    for (order, found) in [(json!("1"), "text"), (json!(2), "2"), (json!(true), "true")] {
        let message = format!("expected 1 or -1, found {found}");
        let refused = wrong("$sort.name", "wrong_type", &message);
        pair.refuses(
            json!(["creature", "all", { "$sort": { "name": order } }]),
            refused,
        )
        .await;
    }
    for (cursor, found) in [(json!(5), "5"), (json!(null), "null")] {
        let message = format!("expected the `meta.next` of an answer, found {found}");
        let refused = wrong("$after", "wrong_type", &message);
        pair.refuses(json!(["creature", "all", { "$after": cursor }]), refused)
            .await;
    }
    for cursor in ["", "x", "i1.5", "tbob", "ü"] {
        let message = "is not the `meta.next` of an answer to this query: a cursor goes with the same conditions \
            and the same order";
        let refused = wrong("$after", "cursor", message);
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
    let message = "options are an object with timeout_ms, if_rev, op or push";
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

/// A tree whose keys a client chooses.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Wild {
    id: String,
    #[serde(default)]
    of: BTreeMap<String, i64>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Branch {
    #[serde(default)]
    leaves: BTreeMap<String, u64>,
    #[serde(default)]
    branches: BTreeMap<String, Self>,
}

#[remote]
impl Wild {
    #[remote(read)]
    fn walk(of: BTreeMap<String, i64>, branch: Option<Branch>) -> bool {
        of.is_empty() && branch.is_none_or(|it| it.leaves.is_empty() && it.branches.is_empty())
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
async fn the_path_of_a_mistake_does_not_grow_with_the_keys_sent() {
    let app = crate::support::app(|app| app.resource::<Wild>()).await;
    let client = app.anonymous();
    let long = "k".repeat(200_000);
    let unsafe_integer = json!({ "id": "w", "of": { &long: 1_u64 << 60 } });
    let wrong = json!({ "id": "w", "of": { &long: "x" } });
    // As deep as a payload may be, and wrong in many places.
    let leaves: serde_json::Map<_, _> = (0..1_000).map(|n| (n.to_string(), json!("x"))).collect();
    let key = "k".repeat(10_000);
    let deep = (0..25).fold(
        json!({ "leaves": leaves }),
        |inner, _| json!({ "branches": { &key: inner } }),
    );
    for (action, payload) in [
        ("create", unsafe_integer.clone()),
        ("create", wrong),
        ("walk", json!({ "of": unsafe_integer["of"] })),
        ("walk", json!({ "of": {}, "branch": deep })),
    ] {
        let answer = client.call("wild", action, payload).await;
        let text = answer.to_json().to_string();
        let told = &text[..text.len().min(1_000)];
        assert!(
            !answer.is_ok() && text.len() < 64 * 1024,
            "{action}: {told}"
        );
        assert!(
            told.contains("unsafe_integer") || told.contains("wrong_type"),
            "{told}"
        );
    }
}
