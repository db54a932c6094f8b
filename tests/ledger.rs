//! A mutation with an operation id happens once, however often it is sent, and answers the same.

mod answers;
mod concurrent;
mod options;
mod stores;
mod what;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{Answer, TestApp, TestClient};
use tokio::sync::Semaphore;

use crate::support;

const OP: &str = "6b4c2ad4-13d0-4b7e-8d4c-3f2f8dbb1f11";

/// What the methods share with the test.
#[derive(Clone)]
struct Shared {
    /// How often a method has run.
    runs: Arc<AtomicUsize>,
    /// Whether `fails` fails.
    fails: Arc<AtomicBool>,
    /// Lets one `slow` end for each permit.
    gate: Arc<Semaphore>,
}

impl Shared {
    fn new() -> Self {
        Self {
            runs: Arc::default(),
            fails: Arc::new(true.into()),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }
}

/// Counts, in ways that tell how often they were done.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Counter {
    id: Id<Self>,
    name: String,
    #[serde(default)]
    count: u32,
}

#[remote]
impl Counter {
    #[remote]
    fn add(&mut self, cx: &Cx, amount: u32) -> u32 {
        cx.state::<Shared>().runs.fetch_add(1, Ordering::SeqCst);
        self.count += amount;
        self.count
    }

    #[remote]
    fn touch(&mut self, cx: &Cx) -> String {
        cx.state::<Shared>().runs.fetch_add(1, Ordering::SeqCst);
        format!("touched {}", self.name)
    }

    /// Waits for the gate.
    #[remote]
    async fn slow(&mut self, cx: &Cx) -> u32 {
        let shared = cx.state::<Shared>();
        shared.runs.fetch_add(1, Ordering::SeqCst);
        shared.gate.acquire().await.expect("a gate").forget();
        self.count += 1;
        self.count
    }

    /// Creates two and answers how many there were before.
    #[remote]
    async fn twins(cx: &Cx, name: String) -> Result<u64> {
        let before = cx.count(Self::query()).await?;
        for twin in ["a", "b"] {
            let name = format!("{name} {twin}");
            let (id, count) = (Id::new(), 0);
            cx.create(Self { id, name, count }).await?;
        }
        Ok(before)
    }

    /// Fails as it is told, until it does not.
    #[remote]
    async fn fails(cx: &Cx, how: String) -> Result<&'static str> {
        let shared = cx.state::<Shared>();
        shared.runs.fetch_add(1, Ordering::SeqCst);
        if !shared.fails.load(Ordering::SeqCst) {
            return Ok("done");
        }
        Err(match &*how {
            "unavailable" => Error::unavailable("not now"),
            "too many" => Error::too_many_requests("slower"),
            "internal" => Error::internal("broken"),
            "soon" => Error::conflict("wait").retry_after(std::time::Duration::from_millis(5)),
            "panic" => panic!("a panic of a method"),
            "hang" => std::future::pending().await,
            _ => Error::conflict("never").reason("own"),
        })
    }

    #[remote(detached)]
    async fn apart() {}

    #[remote(read)]
    fn look() -> u32 {
        1
    }
}

/// Not for everybody.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated)]
struct Diary {
    id: String,
}

/// An app with counters, and what its methods share with the test.
async fn counters() -> (TestApp, Shared) {
    let shared = Shared::new();
    let state = shared.clone();
    let app = support::app(|app| app.state(state).resource::<Counter>().resource::<Diary>()).await;
    (app, shared)
}

/// A counter that `client` has created.
async fn counter(client: &TestClient) -> Value {
    let created = client
        .call("counter", "create", json!({ "name": "one" }))
        .await;
    created.result()["id"].clone()
}

/// Sends a request with an operation id.
async fn operation(client: &TestClient, action: &str, payload: Value, op: &str) -> Answer {
    let options = json!({ "op": op });
    client.call_with("counter", action, payload, options).await
}

async fn how_many(client: &TestClient) -> Value {
    let count = client.call("counter", "count", json!({})).await;
    count.result().clone()
}

/// What is told of an answer that is told again.
fn replayed(meta: &Value) -> Value {
    let mut meta = meta.clone();
    meta["replayed"] = json!(true);
    meta
}
