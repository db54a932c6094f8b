//! What one call writes is committed together or not at all, whoever else writes meanwhile.

mod access;
mod contention;
mod inner;
mod rests;
mod staged;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use crate::support;

/// How often a method has run.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// An account that money is moved between.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Account {
    id: String,
    #[serde(default)]
    money: i64,
    #[resource(unique)]
    code: Option<String>,
}

impl Account {
    fn new(id: &str, money: i64) -> Self {
        Self {
            id: id.into(),
            money,
            code: None,
        }
    }
}

/// An app with `resources` and two accounts, `a` with 100 and `b` with 0.
async fn stocked(
    resources: impl FnOnce(sockful::AppBuilder) -> sockful::AppBuilder,
) -> (TestApp, TestClient) {
    let app = support::app(|app| resources(app.resource::<Account>())).await;
    let cx = app.app().system();
    cx.create(Account::new("a", 100)).await.unwrap();
    cx.create(Account::new("b", 0)).await.unwrap();
    let client = app.anonymous();
    (app, client)
}

async fn money(client: &TestClient, id: &str) -> i64 {
    let got = client.call("account", "get", json!(id)).await;
    got.result()["money"].as_i64().unwrap()
}
