//! `get`, `all`, `count`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sockful::testing::TestClient;
use sockful::{Config, Resource};

use super::{Item, Signed, app, item};
use crate::support::{self, codes};

/// A client of an app with items of these ids.
async fn stocked(ids: &[&str]) -> TestClient {
    let client = app().await.anonymous();
    let batch: Vec<_> = ids
        .iter()
        .map(|id| json!({ "id": id, "name": id }))
        .collect();
    assert!(client.call("item", "create", batch.into()).await.is_ok());
    client
}

fn ids(records: &Value) -> Vec<String> {
    let records = records.as_array().unwrap().iter();
    records
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn get_takes_an_id_or_an_object_with_it() {
    let client = stocked(&["a"]).await;
    for payload in [json!("a"), json!({ "id": "a" })] {
        let got = client.call("item", "get", payload).await;
        assert_eq!(got.result(), &item("a", "a"));
        assert_eq!(got.meta(), &json!({ "rev": 1 }));
    }
}

#[tokio::test]
async fn an_id_goes_by_the_name_it_has_on_the_wire() {
    let client = app().await.anonymous();
    let book = json!({ "bookNumber": "b1", "name": "Dune" });
    let created = client.call("book", "create", book.clone()).await;
    assert_eq!(created.result(), &book);
    let got = client
        .call("book", "get", json!({ "bookNumber": "b1" }))
        .await;
    assert_eq!(got.result(), &book);
    let refused = client.call("book", "get", json!({ "id": "b1" })).await;
    assert_eq!(codes(refused.error())["id"], "unknown_field");
    let changed = client
        .call(
            "book",
            "update",
            json!({ "name": "Emma", "bookNumber": "b1" }),
        )
        .await;
    assert_eq!(changed.result()["name"], "Emma");
    let destroyed = client
        .call("book", "destroy", json!({ "bookNumber": "b1" }))
        .await;
    assert_eq!(destroyed.result()["bookNumber"], "b1");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let client = stocked(&["a"]).await;
    for (resource, action, payload) in [
        ("item", "get", json!("b")),
        ("item", "destroy", json!("b")),
        ("item", "update", json!({ "id": "b", "amount": 1 })),
        ("item", "replace", json!({ "id": "b", "name": "Bob" })),
        ("item", "add", json!({ "id": "b", "amount": 1 })),
        ("signed", "get", json!(1)),
        (
            "typed",
            "get",
            json!("0198c0de-0000-7000-8000-000000000001"),
        ),
    ] {
        let answer = client.call(resource, action, payload).await;
        let error = answer.error();
        assert_eq!(error["name"], "NotFound", "{action}");
        assert_eq!(error["reason"], "not_found", "{action}");
    }
}

#[tokio::test]
async fn all_answers_in_the_order_of_ids() {
    let client = stocked(&["b", "a", "C", "ä", "10", "9"]).await;
    let all = client.call("item", "all", json!({})).await;
    assert_eq!(ids(all.result()), ["10", "9", "C", "a", "b", "ä"]);
    assert_eq!(all.meta(), &json!({ "pos": 1, "revs": [1, 1, 1, 1, 1, 1] }));
}

#[tokio::test]
async fn integer_ids_are_ordered_by_size() {
    let client = app().await.anonymous();
    for id in [10, 9, -3, 0] {
        client.call("signed", "create", json!({ "id": id })).await;
    }
    let first = client.call("signed", "all", json!({ "$limit": 3 })).await;
    let records = first.result().as_array().unwrap();
    let listed: Vec<_> = records.iter().map(|it| it["id"].clone()).collect();
    assert_eq!(listed, [-3, 0, 9]);
    let rest = client
        .call("signed", "all", json!({ "$after": first.meta()["next"] }))
        .await;
    assert_eq!(rest.result()[0]["id"], 10);
}

#[tokio::test]
async fn no_query_and_an_empty_one_are_the_same() {
    let client = stocked(&["a", "b"]).await;
    let all = client.call("item", "all", json!({})).await;
    let none = client.call("item", "all", json!(null)).await;
    let absent = client.emit(&["item".into(), "all".into()]).await;
    assert_eq!(all, none);
    assert_eq!(all, absent);
}

#[tokio::test]
async fn a_walk_by_pages_sees_every_record_once() {
    let names: Vec<_> = (0..57).map(|number| format!("n{number}")).collect();
    let client = stocked(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for limit in [1, 2, 7, 19, 56, 57, 58] {
        let mut seen = Vec::new();
        let mut query = json!({ "$limit": limit });
        loop {
            let page = client.call("item", "all", query.clone()).await;
            assert!(page.result().as_array().unwrap().len() <= limit);
            seen.extend(ids(page.result()));
            match page.meta().get("next") {
                Some(next) => query["$after"] = next.clone(),
                None => break,
            }
        }
        assert_eq!(seen.len(), 57, "limit {limit}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 57);
    }
}

#[tokio::test]
async fn next_is_there_exactly_when_there_is_more() {
    let client = stocked(&["a", "b", "c"]).await;
    for (limit, more) in [(0, true), (1, true), (2, true), (3, false), (4, false)] {
        let page = client.call("item", "all", json!({ "$limit": limit })).await;
        assert_eq!(page.meta().get("next").is_some(), more, "limit {limit}");
    }
}

#[tokio::test]
async fn a_page_of_no_records_ends_where_it_began() {
    let client = stocked(&["a", "b"]).await;
    let none = client.call("item", "all", json!({ "$limit": 0 })).await;
    assert_eq!(none.result(), &json!([]));
    let from = json!({ "$after": none.meta()["next"] });
    let all = client.call("item", "all", from).await;
    assert_eq!(ids(all.result()), ["a", "b"]);

    let first = client.call("item", "all", json!({ "$limit": 1 })).await;
    let none = json!({ "$limit": 0, "$after": first.meta()["next"] });
    let none = client.call("item", "all", none).await;
    let from = json!({ "$after": none.meta()["next"] });
    let rest = client.call("item", "all", from).await;
    assert_eq!(ids(rest.result()), ["b"]);
}

#[tokio::test]
async fn a_cursor_stands_although_its_record_is_gone() {
    let client = stocked(&["a", "b", "c"]).await;
    let page = client.call("item", "all", json!({ "$limit": 2 })).await;
    client.call("item", "destroy", json!("b")).await;
    let rest = client
        .call("item", "all", json!({ "$after": page.meta()["next"] }))
        .await;
    assert_eq!(ids(rest.result()), ["c"]);
}

#[tokio::test]
async fn a_walk_sees_every_record_that_was_there_all_the_time() {
    let client = stocked(&["b", "d", "f", "h"]).await;
    let first = client.call("item", "all", json!({ "$limit": 2 })).await;
    for id in ["a", "c", "e"] {
        client
            .call("item", "create", json!({ "id": id, "name": id }))
            .await;
    }
    let rest = client
        .call("item", "all", json!({ "$after": first.meta()["next"] }))
        .await;
    assert_eq!(ids(rest.result()), ["e", "f", "h"]);
}

#[tokio::test]
async fn pages_have_a_default_and_a_largest_size() {
    let mut config = Config::default();
    config.page_default = 2;
    config.page_max = 3;
    let app = support::app(|app| app.resource::<Item>().config(config)).await;
    let client = app.anonymous();
    let batch = vec![json!({ "name": "Ann" }); 5];
    client.call("item", "create", batch.into()).await;
    for (query, size) in [
        (json!({}), 2),
        (json!({ "$limit": 1 }), 1),
        (json!({ "$limit": 3 }), 3),
        (json!({ "$limit": 1000 }), 3),
    ] {
        let page = client.call("item", "all", query.clone()).await;
        assert_eq!(page.result().as_array().unwrap().len(), size, "{query}");
        assert!(page.meta()["next"].is_string());
    }
}

#[tokio::test]
async fn a_query_tells_everything_that_is_wrong_with_it() {
    let client = stocked(&[]).await;
    let query = json!({ "$limit": -1, "$after": 5, "nam": "Ann" });
    let refused = client.call("item", "all", query).await;
    assert_eq!(refused.error()["reason"], "invalid_query");
    assert_eq!(
        codes(refused.error()),
        json!({ "$limit": "wrong_type", "$after": "wrong_type", "nam": "unknown_field" })
    );
    for query in [json!([]), json!("all"), json!(5)] {
        for action in ["all", "count"] {
            let refused = client.call("item", action, query.clone()).await;
            assert_eq!(refused.error()["reason"], "invalid_query");
        }
    }
}

#[tokio::test]
async fn count_counts_every_record_and_nothing_else() {
    let client = stocked(&["a", "b", "c"]).await;
    client.call("signed", "create", json!({ "id": 1 })).await;
    assert_eq!(
        client.call("item", "count", json!({})).await.to_json(),
        json!([null, 3, {}])
    );
    client.call("item", "destroy", json!("b")).await;
    assert_eq!(client.call("item", "count", json!(null)).await.result(), 2);
    let refused = client.call("item", "count", json!({ "$limit": 1 })).await;
    assert_eq!(refused.error()["reason"], "invalid_query");
}

#[tokio::test]
async fn the_typed_api_lists_without_the_bounds_of_pages() {
    let app = support::app(|app| app.resource::<Signed>()).await;
    let cx = app.app().system();
    for id in 0..150 {
        let name = String::new();
        cx.create(Signed { id, name }).await.unwrap();
    }
    let all = cx.all(Signed::query()).await.unwrap();
    assert!(all.iter().map(|it| it.id).eq(0..150));
    let some = cx.all(Signed::query().after(&10).limit(3)).await.unwrap();
    assert!(some.iter().map(|it| it.id).eq(11..14));
    assert_eq!(cx.count(Signed::query()).await.unwrap(), 150);
    assert_eq!(cx.count(Signed::query().after(&139)).await.unwrap(), 10);
}
