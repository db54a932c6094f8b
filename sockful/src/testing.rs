//! An app and its clients in one process, for the tests of applications. No port, no network. For the tests of stores,
//! [`store_suite`].
//!
//! Requests take the same road as those of a socket: they wait in the same inbox, are read from the same text
//! and are answered by the same worker.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//! use sockful::prelude::*;
//! use sockful::testing::TestApp;
//!
//! #[derive(Serialize, Deserialize, JsonSchema, Resource)]
//! #[resource(access = authenticated)]
//! struct Creature {
//!     id: String,
//!     name: String,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::builder().store(Memory::new()).resource::<Creature>().build().await?;
//! let app = TestApp::new(app);
//!
//! let ann = app.login("ann");
//! let bob = ann.call("creature", "create", json!({ "id": "bob", "name": "Bob" })).await;
//! assert_eq!(bob.result()["name"], "Bob");
//!
//! let stranger = app.anonymous();
//! let refused = stranger.call("creature", "get", json!("bob")).await;
//! assert_eq!(refused.error()["reason"], "not_authenticated");
//!
//! // As a client that connects with `auth: { ack: 'one' }`.
//! let cleo = app.login("cleo").ack_one();
//! let count = cleo.call("creature", "count", json!({})).await;
//! assert_eq!(count.to_json(), json!([{ "result": 1, "meta": {} }]));
//! cleo.disconnect().await;
//!
//! app.app().shutdown().await;
//! assert_eq!(ann.closing().await, "shutdown");
//! # Ok(())
//! # }
//! ```

mod answer;
mod client;
mod handshake;
pub mod store_suite;

use crate::app::App;
use crate::error::Result;
use crate::identity::{self, Caller, Login};

pub use answer::Answer;
pub use client::TestClient;
pub use handshake::TestHandshake;

/// An app under test.
#[derive(Clone, Debug)]
pub struct TestApp {
    app: App,
}

impl TestApp {
    /// Takes an app that was built as always.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// A connected client that has not logged in.
    #[must_use]
    #[track_caller]
    pub fn anonymous(&self) -> TestClient {
        self.connect(Ok(Caller::nobody()))
    }

    /// A connected client that has logged in as the user with this key, or by a [`Login`] that expires. No
    /// authenticator is asked; the facts of the user are loaded as always.
    ///
    /// # Panics
    /// If the login has expired, names what cannot be the key of a user, or the user has as many sessions as it may.
    #[must_use]
    #[track_caller]
    pub fn login(&self, login: impl Into<Login>) -> TestClient {
        self.connect(identity::login(&self.app, &login.into()))
    }

    #[track_caller]
    fn connect(&self, caller: Result<Caller>) -> TestClient {
        let connect = |caller| TestClient::connect(&self.app, caller, Default::default(), None);
        match caller.and_then(connect) {
            Ok(client) => client,
            Err(error) => panic!("nobody can connect so: {error}"),
        }
    }

    /// A client about to connect, which shows what it is told to: the app's authenticator decides who it is.
    pub fn handshake(&self) -> TestHandshake {
        TestHandshake::new(self.app.clone())
    }

    /// The app itself.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }
}
