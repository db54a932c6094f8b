//! The order of lists, and their pages.

use sockful::Config;

use super::*;
use crate::support::codes;

/// Every bird in an order.
async fn sorted(client: &TestClient, sort: Value) -> String {
    find(client, json!({ "$sort": sort })).await
}

#[tokio::test]
async fn a_list_has_the_order_it_is_asked_for() {
    let client = client().await;
    assert_eq!(sorted(&client, json!({ "commonName": -1 })).await, "édcba");
    assert_eq!(sorted(&client, json!({ "eggs": 1 })).await, "adcbé");
    assert_eq!(sorted(&client, json!({ "tame": -1 })).await, "bdacé");
    assert_eq!(sorted(&client, json!({ "id": -1 })).await, "édcba");
}

#[tokio::test]
async fn the_first_key_of_an_order_counts_most() {
    let client = client().await;
    assert_eq!(
        sorted(&client, json!([{ "tame": -1 }, { "eggs": -1 }])).await,
        "bdéca"
    );
    assert_eq!(
        sorted(&client, json!([{ "eggs": -1 }, { "tame": -1 }])).await,
        "bécda"
    );
}

#[tokio::test]
async fn nulls_come_first_and_last_where_the_order_descends() {
    let client = client().await;
    assert_eq!(sorted(&client, json!({ "weight": 1 })).await, "baécd");
    assert_eq!(sorted(&client, json!({ "weight": -1 })).await, "dcéab");
    assert_eq!(sorted(&client, json!({ "hatched": 1 })).await, "acédb");
}

#[tokio::test]
async fn only_plain_fields_are_sorted_by() {
    let client = client().await;
    for field in ["tags", "nest", "nest.x", "price", "colour"] {
        let refused = client
            .call("bird", "all", json!({ "$sort": { field: 1 } }))
            .await;
        let path = format!("$sort.{field}");
        assert_eq!(codes(refused.error()), json!({ path: "unknown_field" }));
    }
}

#[tokio::test]
async fn the_first_records_may_be_skipped() {
    let client = client().await;
    assert_eq!(find(&client, json!({ "$skip": 3 })).await, "dé");
    assert_eq!(find(&client, json!({ "$skip": 9 })).await, "");
    let second = json!({ "$skip": 1, "$limit": 1, "$sort": { "eggs": -1 } });
    assert_eq!(find(&client, second).await, "é");
    let refused = client
        .call("bird", "all", json!({ "$skip": 100_001 }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "$skip": "out_of_range" }));
    assert_eq!(
        refused.error()["errors"]["$skip"][0]["params"],
        json!({ "max": 100_000 })
    );
}

/// All pages of a query, each asked for with the cursor of the one before.
async fn walk(client: &TestClient, mut query: Value, limit: usize) -> String {
    query["$limit"] = limit.into();
    let mut seen = String::new();
    loop {
        let page = client.call("bird", "all", query.clone()).await;
        assert!(page.result().as_array().unwrap().len() <= limit);
        seen += &ids(page.result());
        match page.meta().get("next") {
            Some(next) => query["$after"] = next.clone(),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn pages_together_are_the_list() {
    let client = client().await;
    for query in [
        json!({}),
        json!({ "$skip": 2 }),
        json!({ "eggs": { "$gt": 1 } }),
        json!({ "$sort": { "weight": 1 } }),
        json!({ "$sort": { "weight": -1 } }),
        json!({ "$sort": { "hatched": -1 }, "$skip": 1 }),
        json!({ "$sort": [{ "tame": 1 }, { "eggs": -1 }] }),
        json!({ "$sort": { "ring": 1 }, "$or": [{ "tame": true }, { "diet": "fish" }] }),
    ] {
        let all = find(&client, query.clone()).await;
        for limit in 1..6 {
            assert_eq!(
                walk(&client, query.clone(), limit).await,
                all,
                "{query}, {limit}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_of_no_records_leads_to_where_it_stands() {
    let client = client().await;
    let mut query = json!({ "$sort": { "eggs": 1 }, "$skip": 1, "$limit": 0 });
    let none = client.call("bird", "all", query.clone()).await;
    query["$after"] = none.meta()["next"].clone();
    query["$limit"] = 2.into();
    let first = client.call("bird", "all", query.clone()).await;
    assert_eq!(ids(first.result()), "dc");
    query["$after"] = first.meta()["next"].clone();
    query["$limit"] = 0.into();
    let none = client.call("bird", "all", query.clone()).await;
    query["$after"] = none.meta()["next"].clone();
    query["$limit"] = 2.into();
    let rest = client.call("bird", "all", query).await;
    assert_eq!(ids(rest.result()), "bé");
}

#[tokio::test]
async fn a_sorted_list_goes_on_although_its_last_record_has_gone_or_changed() {
    let client = client().await;
    let mut query = json!({ "$sort": { "commonName": 1 }, "$limit": 2 });
    let page = client.call("bird", "all", query.clone()).await;
    assert_eq!(ids(page.result()), "ab");
    query["$after"] = page.meta()["next"].clone();
    client
        .call(
            "bird",
            "update",
            json!({ "id": "b", "commonName": "Zebra finch" }),
        )
        .await;
    assert_eq!(find(&client, query.clone()).await, "cd");
    client.call("bird", "destroy", json!("b")).await;
    assert_eq!(find(&client, query).await, "cd");
}

#[tokio::test]
async fn a_cursor_goes_with_its_query_and_with_no_other() {
    let app = app().await;
    let client = app.anonymous();
    let query = json!({ "eggs": { "$gt": 0 }, "tame": false, "$sort": { "eggs": 1 }, "$limit": 1 });
    let page = client.call("bird", "all", query).await;
    let cursor = page.meta()["next"].as_str().unwrap().to_owned();

    // Another client may send it, in other words and for other fields and sizes.
    let other = app.anonymous();
    let same = json!({
        "$sort": { "eggs": 1 }, "tame": false, "$and": [{ "eggs": { "$gt": 0 } }], "$select": ["tame"], "$after": cursor,
    });
    assert_eq!(find(&other, same).await, "cé");

    let mut changed = cursor.clone().into_bytes();
    changed[5] = if changed[5] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for wrong in [
        json!({ "$after": cursor }),
        json!({ "eggs": { "$gt": 0 }, "$sort": { "eggs": 1 }, "$after": cursor }),
        json!({ "eggs": { "$gt": 1 }, "tame": false, "$sort": { "eggs": 1 }, "$after": cursor }),
        json!({ "eggs": { "$gt": 0 }, "tame": false, "$sort": { "eggs": -1 }, "$after": cursor }),
        json!({ "eggs": { "$gt": 0 }, "tame": false, "$after": cursor }),
        json!({ "eggs": { "$gt": 0 }, "tame": false, "$sort": { "eggs": 1 }, "$after": changed }),
        json!({ "$after": "a" }),
    ] {
        let refused = client.call("bird", "all", wrong.clone()).await;
        assert_eq!(refused.error()["reason"], "invalid_query", "{wrong}");
        assert_eq!(
            codes(refused.error()),
            json!({ "$after": "cursor" }),
            "{wrong}"
        );
    }
    let elsewhere = self::client().await;
    let foreign = json!({
        "eggs": { "$gt": 0 }, "tame": false, "$sort": { "eggs": 1 }, "$after": cursor,
    });
    assert_eq!(find(&client, foreign.clone()).await, "cé");
    let refused = elsewhere.call("bird", "all", foreign).await;
    assert_eq!(codes(refused.error()), json!({ "$after": "cursor" }));
}

#[tokio::test]
async fn a_query_beyond_a_bound_is_refused_with_the_bound() {
    let mut config = Config::default();
    (config.query_terms, config.query_depth, config.query_in) = (2, 2, 2);
    (config.query_sort, config.query_skip) = (1, 2);
    let app = support::app(|app| app.resource::<Bird>().config(config)).await;
    let client = app.anonymous();
    for (query, path, code) in [
        (
            json!({ "$or": [{ "eggs": 1 }, { "eggs": 2 }, { "eggs": 3 }] }),
            "$or[2].eggs",
            "too_many",
        ),
        (
            json!({ "$not": { "$not": { "$not": {} } } }),
            "$not.$not.$not",
            "too_deep",
        ),
        (
            json!({ "eggs": { "$in": [1, 2, 3] } }),
            "eggs.$in",
            "too_many",
        ),
        (
            json!({ "$sort": { "eggs": 1, "id": 1 } }),
            "$sort",
            "too_many",
        ),
        (json!({ "$skip": 3 }), "$skip", "out_of_range"),
    ] {
        let refused = client.call("bird", "all", query).await;
        let error = &refused.error()["errors"][path][0];
        assert_eq!(error["code"], code);
        let max = error["params"]["max"].as_u64().unwrap();
        let message = error["message"].as_str().unwrap();
        assert!(message.ends_with(&format!(": at most {max}")), "{message}");
    }
}
