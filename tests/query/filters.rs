//! Conditions on records, as clients write them.

use super::*;
use crate::support::codes;

/// What a condition finds; `count` counts as many, and its opposite finds all others.
async fn check(client: &TestClient, query: Value, expected: &str) {
    assert_eq!(find(client, query.clone()).await, expected, "{query}");
    let count = client.call("bird", "count", query.clone()).await;
    assert_eq!(count.result(), expected.chars().count(), "{query}");
    let others: String = "abcdé"
        .chars()
        .filter(|id| !expected.contains(*id))
        .collect();
    assert_eq!(find(client, json!({ "$not": query })).await, others);
}

#[tokio::test]
async fn an_empty_query_finds_every_record() {
    let client = client().await;
    check(&client, json!({}), "abcdé").await;
    check(&client, json!({ "$and": [] }), "abcdé").await;
    check(&client, json!({ "$or": [] }), "").await;
}

#[tokio::test]
async fn a_field_equals_a_value_of_its_kind() {
    let client = client().await;
    check(&client, json!({ "id": "c" }), "c").await;
    check(&client, json!({ "commonName": "Dodo" }), "d").await;
    check(&client, json!({ "tame": true }), "bd").await;
    check(&client, json!({ "eggs": 5 }), "bé").await;
    check(&client, json!({ "weight": 5 }), "c").await;
    check(
        &client,
        json!({ "hatched": "2026-05-01T02:00:00+02:00" }),
        "b",
    )
    .await;
    check(&client, json!({ "ring": "9007199254740993" }), "c").await;
    check(&client, json!({ "ring": -5 }), "é").await;
    check(&client, json!({ "diet": "fish" }), "aé").await;
}

#[tokio::test]
async fn null_equals_null_and_nothing_else() {
    let client = client().await;
    check(&client, json!({ "weight": null }), "b").await;
    check(&client, json!({ "weight": { "$ne": null } }), "acdé").await;
    check(&client, json!({ "weight": { "$ne": 5 } }), "abdé").await;
    check(&client, json!({ "ring": { "$exists": true } }), "cé").await;
    check(&client, json!({ "nest": { "$exists": false } }), "abé").await;
    check(&client, json!({ "weight": { "$in": [null, 5] } }), "bc").await;
}

#[tokio::test]
async fn order_is_by_size_time_and_code_point_and_never_holds_for_null() {
    let client = client().await;
    check(&client, json!({ "eggs": { "$gt": 1, "$lte": 5 } }), "bcé").await;
    check(&client, json!({ "weight": { "$lt": 5 } }), "aé").await;
    check(&client, json!({ "weight": { "$gte": 5 } }), "cd").await;
    check(&client, json!({ "weight": { "$lt": null } }), "").await;
    check(
        &client,
        json!({ "hatched": { "$lt": "2000-01-01T00:00:00Z" } }),
        "d",
    )
    .await;
    check(&client, json!({ "commonName": { "$gt": "Dodo" } }), "é").await;
    check(
        &client,
        json!({ "ring": { "$gt": "9007199254740992" } }),
        "c",
    )
    .await;
    check(&client, json!({ "tame": { "$lt": true } }), "acé").await;
}

#[tokio::test]
async fn one_of_a_list_or_none_of_it() {
    let client = client().await;
    check(&client, json!({ "id": { "$in": ["a", "é", "zzz"] } }), "aé").await;
    check(&client, json!({ "eggs": { "$nin": [1, 2] } }), "bé").await;
    check(&client, json!({ "eggs": { "$in": [] } }), "").await;
    check(&client, json!({ "eggs": { "$nin": [] } }), "abcdé").await;
}

#[tokio::test]
async fn text_contains_a_text_and_starts_with_one() {
    let client = client().await;
    check(
        &client,
        json!({ "commonName": { "$contains": "e" } }),
        "bcé",
    )
    .await;
    check(
        &client,
        json!({ "commonName": { "$startsWith": "é" } }),
        "é",
    )
    .await;
    check(
        &client,
        json!({ "commonName": { "$startsWith": "auk" } }),
        "",
    )
    .await;
    check(&client, json!({ "commonName": { "$contains": "%" } }), "").await;
}

#[tokio::test]
async fn a_list_contains_an_item() {
    let client = client().await;
    check(&client, json!({ "tags": { "$contains": "sea" } }), "aé").await;
    check(&client, json!({ "tags": { "$contains": "se" } }), "").await;
    check(&client, json!({ "tags": { "$contains": 5 } }), "").await;
}

#[tokio::test]
async fn a_path_leads_into_a_nested_value() {
    let client = client().await;
    check(&client, json!({ "nest.x": 1 }), "c").await;
    check(&client, json!({ "nest.y": { "$gt": -1 } }), "d").await;
    check(&client, json!({ "nest.notes.wet": true }), "c").await;
    check(
        &client,
        json!({ "nest.notes.old name": { "$startsWith": "Kra" } }),
        "c",
    )
    .await;
    check(&client, json!({ "nest.notes.new.name": null }), "abcdé").await;
    check(&client, json!({ "nest.x": "1" }), "").await;
}

#[tokio::test]
async fn conditions_are_joined() {
    let client = client().await;
    check(&client, json!({ "tame": true, "eggs": 1 }), "d").await;
    check(
        &client,
        json!({ "$or": [{ "tame": true }, { "diet": "fish" }] }),
        "abdé",
    )
    .await;
    let mixed = json!({ "$and": [{ "eggs": { "$gt": 1 } }, { "$not": { "$or": [{ "tame": true }, { "id": "é" }] } }] });
    check(&client, mixed, "c").await;
}

#[tokio::test]
async fn a_private_field_is_an_unknown_field() {
    let client = client().await;
    for query in [
        json!({ "price": 1 }),
        json!({ "$sort": { "price": 1 } }),
        json!({ "$select": ["price"] }),
        json!({ "$or": [{ "price": { "$exists": true } }] }),
    ] {
        let refused = client.call("bird", "all", query.clone()).await;
        let codes = codes(refused.error());
        let codes: Vec<_> = codes.as_object().unwrap().values().collect();
        assert_eq!(codes, ["unknown_field"], "{query}");
        assert!(
            !refused.error()["message"]
                .as_str()
                .unwrap()
                .contains(", price")
        );
    }
}

#[tokio::test]
async fn a_field_is_named_as_on_the_wire() {
    let client = client().await;
    let refused = client
        .call("bird", "all", json!({ "common_name": "Auk" }))
        .await;
    assert_eq!(
        codes(refused.error()),
        json!({ "common_name": "unknown_field" })
    );
}

#[tokio::test]
async fn count_refuses_the_keys_of_pages() {
    let client = client().await;
    for key in ["$sort", "$limit", "$skip", "$after", "$select"] {
        let refused = client.call("bird", "count", json!({ key: {} })).await;
        assert_eq!(codes(refused.error()), json!({ key: "unknown_field" }));
    }
}
