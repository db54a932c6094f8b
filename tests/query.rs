//! What `all` and `count` find: the query language of clients, and the same from Rust.

mod filters;
mod pages;
mod rust;
mod select;
pub(crate) mod stores;
mod zeros;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use crate::support;

/// A record with a column of every kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
#[serde(rename_all = "camelCase")]
struct Bird {
    id: String,
    common_name: String,
    #[serde(default)]
    tame: bool,
    #[serde(default)]
    eggs: u32,
    weight: Option<f64>,
    hatched: Option<Timestamp>,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    ring: Option<i64>,
    #[serde(default)]
    diet: Diet,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    nest: Option<Nest>,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    price: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Diet {
    #[default]
    Seeds,
    Fish,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Nest {
    x: i32,
    y: i32,
    #[serde(default)]
    notes: BTreeMap<String, Value>,
}

/// Five birds, no two alike.
fn birds() -> Value {
    json!([
        { "id": "a", "commonName": "Auk", "eggs": 1, "weight": 0.5, "diet": "fish", "tags": ["black", "sea"] },
        { "id": "b", "commonName": "Bee-eater", "tame": true, "eggs": 5, "hatched": "2026-05-01T00:00:00Z" },
        { "id": "c", "commonName": "Crane", "eggs": 2, "weight": 5, "ring": "9007199254740993",
          "nest": { "x": 1, "y": -2, "notes": { "wet": true, "old name": "Kranich" } } },
        { "id": "d", "commonName": "Dodo", "tame": true, "eggs": 1, "weight": 15.5,
          "nest": { "x": 3, "y": 0 }, "hatched": "1600-01-01T00:00:00Z" },
        { "id": "é", "commonName": "éider", "eggs": 5, "weight": 2, "ring": "-5", "diet": "fish", "tags": ["sea"] },
    ])
}

async fn app() -> TestApp {
    let app = support::app(|app| app.resource::<Bird>()).await;
    let created = app.anonymous().call("bird", "create", birds()).await;
    assert!(created.is_ok(), "{created:?}");
    app
}

/// A client of an app with these birds.
async fn client() -> TestClient {
    app().await.anonymous()
}

/// The ids of the birds that a query finds.
async fn find(client: &TestClient, query: Value) -> String {
    let found = client.call("bird", "all", query.clone()).await;
    assert!(found.is_ok(), "{query}: {found:?}");
    ids(found.result())
}

fn ids(birds: &Value) -> String {
    let birds = birds.as_array().unwrap().iter();
    birds.map(|bird| bird["id"].as_str().unwrap()).collect()
}
