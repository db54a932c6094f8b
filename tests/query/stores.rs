//! Every store gives the same answers. For one that cannot filter or sort by itself the core does the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sockful::describe::Schema;
use sockful::query::{Filter, Path, Query, Test};
use sockful::store::{
    Caps, Committed, FilterCap, Listing, Opened, Store, StoreFuture, Stored, Transaction,
};
use sockful::{Config, Value as Column};

use super::*;

/// A store in memory that does no more of a query than it says.
pub(crate) struct Partly {
    memory: Memory,
    filter: FilterCap,
    listed: Arc<AtomicUsize>,
}

impl Partly {
    /// One that does so much of a query, and how often it has listed.
    pub(crate) fn new(filter: FilterCap) -> (Self, Arc<AtomicUsize>) {
        let listed = Arc::new(AtomicUsize::new(0));
        let store = Self {
            memory: Memory::new(),
            filter,
            listed: Arc::clone(&listed),
        };
        (store, listed)
    }
}

impl Store for Partly {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.memory.open(schemas)
    }

    fn caps(&self) -> Caps {
        let mut caps = self.memory.caps();
        caps.filter = self.filter;
        caps
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Column],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.memory.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        assert!(
            query.sort.is_empty() && query.skip == 0 && query.each.is_none(),
            "not asked of this store"
        );
        let mut query = query.clone();
        query.filter = match self.filter {
            // Ids up to `b` whatever is asked, which may be more than asked.
            FilterCap::Inexact => {
                let first = Test::AtMost(Column::Text("b".into()));
                query.filter.or(Filter::Test(Path::field(schema.id), first))
            }
            _ => Filter::all(),
        };
        // The core asks for large pages: small ones, so that there are several.
        query.limit = query.limit.map(|limit| if limit > 100 { 2 } else { limit });
        self.listed.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { self.memory.list(schema, &query).await })
    }

    fn count<'a>(&'a self, _: &'a Arc<Schema>, _: &'a Query) -> StoreFuture<'a, u64> {
        panic!("not asked of this store")
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.memory.commit(transaction)
    }
}

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
