//! The words on a field that say who may set it and who may see it.

mod immutable;
mod order;
mod read_only;
mod set;
mod stamps;
mod write_only;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use sockful::testing::TestClient;

use crate::support::codes;

/// A clock that stands still until it is set: microseconds since 1970, and a fraction of one that no store keeps.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicU64>);

impl Clock {
    fn set(&self, micros: u64) {
        self.0.store(micros, Ordering::Relaxed);
    }

    fn now(&self) -> SystemTime {
        let micros = Duration::from_micros(self.0.load(Ordering::Relaxed));
        SystemTime::UNIX_EPOCH + micros + Duration::from_nanos(789)
    }
}

/// What this is answered.
async fn done(client: &TestClient, resource: &str, action: &str, payload: Value) -> Value {
    client
        .call(resource, action, payload)
        .await
        .result()
        .clone()
}

/// The codes of the fields for which this is refused.
async fn refused(client: &TestClient, resource: &str, action: &str, payload: Value) -> Value {
    let answer = client.call(resource, action, payload).await;
    assert_eq!(answer.error()["name"], "Unprocessable", "{answer:?}");
    codes(answer.error())
}

/// What a field is refused with.
fn only(field: &str, code: &str) -> Value {
    json!({ field: code })
}
