//! A handler that blocks its thread holds that thread and no other.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;
use tokio::time::timeout;

/// What a blocked handler waits for.
struct Gate {
    begun: Sender<()>,
    open: Mutex<Receiver<()>>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Bear {
    id: String,
}

#[remote]
impl Bear {
    /// Sleeps as nobody should: without giving its thread back.
    #[remote]
    fn hibernate(cx: &Cx) -> bool {
        let gate = cx.state::<Gate>();
        let open = gate.open.lock().unwrap_or_else(PoisonError::into_inner);
        gate.begun.send(()).is_ok() && open.recv().is_ok()
    }
}

async fn bears() -> (TestApp, Receiver<()>, Sender<()>) {
    let (begun, has_begun) = channel();
    let (wake, open) = channel();
    let gate = Gate {
        begun,
        open: Mutex::new(open),
    };
    let app = crate::support::app(|app| app.resource::<Bear>().state(gate)).await;
    (app, has_begun, wake)
}

/// Does something to the session while its handler blocks one of two threads, and sees whether the other is free.
async fn the_other_thread_is_free_after(
    disturb: impl FnOnce(&TestApp, sockful::testing::TestClient),
) {
    let (app, has_begun, wake) = bears().await;
    let client = app.anonymous();
    let sleeper = client.clone();
    let asleep = tokio::spawn(async move {
        let hibernate = [json!("bear"), json!("hibernate"), json!({})];
        sleeper.send(&hibernate);
    });
    // This thread is none of the two.
    has_begun.recv().expect("it begins");
    disturb(&app, client);
    for _ in 0..100 {
        let free = tokio::spawn(tokio::task::yield_now());
        let free = timeout(Duration::from_secs(10), free).await;
        free.expect("a thread is free").expect("nothing panics");
    }
    wake.send(()).expect("it waits");
    asleep.await.expect("nothing panics");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_session_may_be_shut_down() {
    the_other_thread_is_free_after(|app, _| {
        let app = app.app().clone();
        tokio::spawn(async move { app.shutdown().await });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_session_may_be_left() {
    the_other_thread_is_free_after(|_, client| {
        tokio::spawn(async move { client.disconnect().await });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_session_may_be_asked_for_more() {
    the_other_thread_is_free_after(|_, client| {
        client.send(&[json!("bear"), json!("count"), json!({})]);
    })
    .await;
}
