//! Every store gives the same answers. For one that cannot filter or sort by itself the core does the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sockful::Config;
use sockful::store::{FilterCap, Store};

use super::*;
use crate::support::partly::Partly;

/// An app on a store that does so much of a query, and how often that store has listed.
async fn partly(filter: FilterCap, config: Config) -> (TestApp, Arc<AtomicUsize>) {
    let (store, listed) = Partly::new(filter);
    (stocked(store, config).await, listed)
}

async fn stocked(store: impl Store, config: Config) -> TestApp {
    let app = App::builder()
        .store(store)
        .config(config)
        .resource::<Bird>();
    let app = TestApp::new(app.build().await.unwrap());
    let created = app.anonymous().call("bird", "create", birds()).await;
    assert!(created.is_ok(), "{created:?}");
    app
}

fn queries() -> Vec<Value> {
    let filters = [
        json!({}),
        json!({ "eggs": { "$gt": 1 } }),
        json!({ "$or": [{ "tame": true }, { "diet": "fish" }] }),
        json!({ "nest.x": { "$exists": true } }),
        json!({ "nest.notes.wet": { "$ne": false }, "commonName": { "$startsWith": "C" } }),
        json!({ "$not": { "ring": { "$gt": "-9007199254740993" } } }),
        json!({ "tags": { "$contains": "sea" }, "hatched": { "$lte": null } }),
        json!({ "id": { "$in": [] } }),
    ];
    let pages = [
        json!({}),
        json!({ "$limit": 0 }),
        json!({ "$limit": 2 }),
        json!({ "$skip": 1, "$limit": 2 }),
        json!({ "$sort": { "eggs": -1 } }),
        json!({ "$sort": [{ "tame": -1 }, { "hatched": 1 }], "$limit": 1 }),
        json!({ "$sort": { "weight": 1 }, "$limit": 2 }),
        json!({ "$sort": { "commonName": -1 }, "$skip": 2, "$limit": 1 }),
    ];
    let mut queries = Vec::new();
    for filter in &filters {
        for page in &pages {
            let mut query = filter.clone();
            let keys = page.as_object().unwrap().clone();
            query.as_object_mut().unwrap().extend(keys);
            queries.push(query);
        }
    }
    queries
}

/// Every page of a query: the records, the revisions and whether there is more.
async fn pages(client: &TestClient, mut query: Value) -> Vec<Value> {
    let mut pages = Vec::new();
    for _ in 0..6 {
        let page = client.call("bird", "all", query.clone()).await;
        let next = page.meta().get("next").cloned();
        pages.push(json!([
            page.result(),
            page.meta()["pos"],
            page.meta()["revs"],
            next.is_some()
        ]));
        match next {
            Some(next) => query["$after"] = next,
            None => break,
        }
    }
    pages
}

#[tokio::test]
async fn every_list_is_the_same_whatever_the_store_can_do() {
    let exact = client().await;
    for cap in [FilterCap::No, FilterCap::Inexact] {
        let (app, _) = partly(cap, Config::default()).await;
        let client = app.anonymous();
        for query in queries() {
            let expected = pages(&exact, query.clone()).await;
            assert_eq!(
                pages(&client, query.clone()).await,
                expected,
                "{cap:?} {query}"
            );
        }
    }
}

#[tokio::test]
async fn sqlite_answers_as_memory_does() {
    let memory = client().await;
    let sqlite = stocked(Sqlite::in_memory().unwrap(), Config::default()).await;
    let sqlite = sqlite.anonymous();
    for query in queries() {
        let expected = pages(&memory, query.clone()).await;
        assert_eq!(pages(&sqlite, query.clone()).await, expected, "{query}");
    }
}

#[tokio::test]
async fn every_count_is_the_same_whatever_the_store_can_do() {
    let exact = client().await;
    for cap in [FilterCap::No, FilterCap::Inexact] {
        let (app, _) = partly(cap, Config::default()).await;
        let client = app.anonymous();
        for mut query in queries() {
            query
                .as_object_mut()
                .unwrap()
                .retain(|key, _| !key.starts_with('$') || key == "$or");
            let expected = exact.call("bird", "count", query.clone()).await;
            let count = client.call("bird", "count", query.clone()).await;
            assert_eq!(count.result(), expected.result(), "{cap:?} {query}");
        }
    }
}

#[tokio::test]
async fn rust_code_gets_the_same() {
    let (app, _) = partly(FilterCap::No, Config::default()).await;
    let cx = app.app().system();
    let hungry = || Bird::query().filter(filter!(|b: Bird| b.eggs > 1));
    let sorted = hungry()
        .sort(sort!(|b: Bird| Reverse(b.common_name)))
        .skip(1)
        .limit(2);
    let found = cx.all(sorted).await.unwrap();
    let ids: String = found.iter().map(|bird| bird.id.as_str()).collect();
    assert_eq!(ids, "cb");
    assert_eq!(cx.count(hungry()).await.unwrap(), 3);
    assert_eq!(cx.count(hungry().skip(1).limit(1)).await.unwrap(), 1);
    assert_eq!(cx.all(Bird::query()).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_list_by_id_looks_no_further_than_it_must() {
    let (app, listed) = partly(FilterCap::No, Config::default()).await;
    let client = app.anonymous();
    assert_eq!(find(&client, json!({ "$limit": 2 })).await, "ab");
    assert_eq!(listed.swap(0, Ordering::Relaxed), 1);
    assert_eq!(
        find(&client, json!({ "eggs": { "$gt": 0 }, "$limit": 1 })).await,
        "a"
    );
    assert_eq!(listed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_query_that_would_look_at_too_much_is_refused_with_the_bound() {
    let mut config = Config::default();
    config.query_scan = 4;
    let (app, _) = partly(FilterCap::No, config).await;
    let client = app.anonymous();
    for query in [
        json!({ "eggs": 9 }),
        json!({ "$sort": { "eggs": 1 }, "$limit": 1 }),
    ] {
        let refused = client.call("bird", "all", query).await;
        let error = refused.error();
        assert_eq!(
            (&error["code"], &error["reason"]),
            (&json!(400), &json!("scan_too_large"))
        );
        assert_eq!(
            error["message"],
            "this query would look at more than 4 records, the most it may"
        );
    }
    let refused = client.call("bird", "count", json!({})).await;
    assert_eq!(refused.error()["reason"], "scan_too_large");
    let error = app.app().system().count(Bird::query()).await.unwrap_err();
    assert_eq!(error.code(), 400);
    // What is found before that is answered.
    assert_eq!(
        find(&client, json!({ "eggs": { "$gt": 0 }, "$limit": 3 })).await,
        "abc"
    );
}
