//! Who asks too much is told so, and nobody else notices.

mod addresses;
mod requests;
mod sockets;
mod users;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{App, Config, Load};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::support::beast::{Beast, Cage};
use crate::support::store;

/// Clients are who their token says, but for `bad`, which is refused, and `late`, which has expired; `slow` waits at
/// the gate of the house before it is let in, and `guess` before it is refused.
struct House {
    app: TestApp,
    gate: Arc<Gate>,
    /// What the slow methods of beasts share with the test.
    cage: Cage,
}

/// The authenticator's gate.
struct Gate {
    asked: AtomicUsize,
    open: Semaphore,
}

impl House {
    async fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let gate = Arc::new(Gate {
            asked: AtomicUsize::new(0),
            open: Semaphore::new(0),
        });
        let cage = Cage::closed();
        let app = App::builder()
            .store(store())
            .config(config)
            .state(Arc::clone(&gate))
            .state(cage.clone())
            .resource::<Beast>()
            .authenticate(authenticate)
            .build();
        Self {
            app: TestApp::new(app.await.expect("a house")),
            gate,
            cage,
        }
    }

    /// Connects from the host of this number, with this token.
    async fn connect(&self, host: u8, token: &str) -> Result<TestClient, Value> {
        let shown = self.app.handshake().address([192, 0, 2, host].into());
        shown.auth(&json!({ "token": token })).connect().await
    }

    /// How often the authenticator has been asked.
    fn asked(&self) -> usize {
        self.gate.asked.load(Ordering::SeqCst)
    }

    /// Waits until the app is busy with nothing and nobody.
    async fn comes_to_rest(&self) {
        while self.app.app().load() != Load::default() {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn authenticate(h: Handshake) -> Result<Option<Login>> {
    #[derive(Deserialize)]
    struct Auth {
        token: Option<String>,
    }
    let gate = h.state::<Arc<Gate>>();
    gate.asked.fetch_add(1, Ordering::SeqCst);
    match h.auth::<Auth>()?.token.as_deref() {
        None => Ok(None),
        Some("bad") => Err(Error::not_authenticated("who is that?").reason("bad_token")),
        Some("late") => Err(Error::not_authenticated("too late").reason("token_expired")),
        Some("slow") => {
            gate.open.acquire().await.expect("a gate").forget();
            Ok(Some(Login::new("slow")))
        }
        Some("guess") => {
            gate.open.acquire().await.expect("a gate").forget();
            Err(Error::not_authenticated("who is that?").reason("bad_token"))
        }
        Some(user) => Ok(Some(Login::new(user))),
    }
}

/// The reason of a refusal, which must say that it is one for asking too much, and when to try again.
#[track_caller]
fn refusal(error: &Value) -> (&str, Duration) {
    assert_eq!(error["code"], 429, "{error}");
    assert_eq!(error["temporary"], true, "{error}");
    let wait = error["retry_after_ms"].as_u64();
    let wait = wait.unwrap_or_else(|| panic!("when to try again: {error}"));
    let reason = error["reason"].as_str().expect("a reason");
    (reason, Duration::from_millis(wait))
}

/// Somebody who is not concerned notices nothing.
async fn is_untouched(client: &TestClient) {
    for _ in 0..10 {
        assert_eq!(client.call("beast", "count", json!({})).await.result(), 0);
    }
}
