//! A client in the same process that has yet to say who it is.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use super::TestClient;
use crate::app::App;
use crate::identity::{self, Handshake, Head};
use crate::live::Resume;

/// What a client shows when it connects. Made by [`TestApp::handshake`](super::TestApp::handshake).
///
/// ```
/// # use serde_json::json;
/// # use sockful::prelude::*;
/// # use sockful::testing::TestApp;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let app = App::builder()
///     .store(Memory::new())
///     .authenticate(async |h: Handshake| -> Result<Option<Login>> {
///         match h.cookie("session") {
///             None => Ok(None),
///             Some("s3cr3t") => Ok(Some(Login::new("ann"))),
///             Some(_) => Err(Error::not_authenticated("no such session")),
///         }
///     })
///     .build()
///     .await?;
/// let app = TestApp::new(app);
///
/// let ann = app.handshake().header("cookie", "session=s3cr3t").connect().await;
/// assert!(ann.is_ok());
/// let refused = app.handshake().header("cookie", "session=stolen").connect().await;
/// assert_eq!(refused.unwrap_err()["reason"], "not_authenticated");
/// # Ok(())
/// # }
/// ```
#[must_use = "a client connects by `.connect().await`"]
pub struct TestHandshake {
    app: App,
    head: Head,
    auth: Option<String>,
}

impl TestHandshake {
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            head: Head::default(),
            auth: None,
        }
    }

    /// Adds a header.
    ///
    /// # Panics
    /// If name or value cannot be those of a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let header = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        let (Ok(name), Ok(value)) = header else {
            panic!("no header: {name}: {value}");
        };
        self.head.headers.append(name, value);
        self
    }

    /// The `auth` payload.
    pub fn auth(mut self, auth: &Value) -> Self {
        self.auth = Some(auth.to_string());
        self
    }

    /// The query of the URL, as it is sent: `token=a%20b`.
    pub fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.head.query);
        self
    }

    /// Where the client is. Through no proxy: what headers say of addresses does not matter here.
    pub fn address(mut self, address: IpAddr) -> Self {
        self.head.address = Some(address);
        self
    }

    /// What a layer in front of the app would have put into the request.
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.head.extensions.insert(value);
        self
    }

    /// Connects.
    ///
    /// # Errors
    /// The error that the message of a client's `connect_error` would hold.
    pub async fn connect(self) -> Result<TestClient, Value> {
        let Self { app, head, auth } = self;
        let head = Arc::new(head);
        let handshake = Handshake::new(app.clone(), Arc::clone(&head), auth.as_deref());
        let connected = async {
            let caller = identity::authenticate(&handshake?).await?;
            let resume = Resume::of_auth(auth.as_deref())?;
            TestClient::connect(&app, caller, head, resume)
        };
        let connected = connected.await;
        connected.map_err(|error| serde_json::json!(error.report()))
    }
}

/// Without what it shows, as that of [`Handshake`].
impl fmt::Debug for TestHandshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestHandshake")
            .field("address", &self.head.address)
            .finish_non_exhaustive()
    }
}
