//! What a client shows when it connects.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{AUTHORIZATION, COOKIE};
use http::{Extensions, HeaderMap};
use serde::de::DeserializeOwned;

use crate::action;
use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::row;

/// What a client shows when it connects: the headers of its HTTP request, and the `auth` payload of Socket.IO.
///
/// Given to [`AppBuilder::authenticate`](crate::AppBuilder::authenticate), whatever carried it: a WebSocket,
/// long-polling, or a test client. When a connected client sends a new token the payload is the new one, and all the
/// rest as it was. Cheap to clone.
#[derive(Clone)]
pub struct Handshake {
    app: App,
    head: Arc<Head>,
    auth: Option<Arc<str>>,
}

/// The head of the request that a connection began with.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) headers: HeaderMap,
    /// The query of the URL, as it was sent.
    pub(crate) query: String,
    /// What layers in front of the app have put into the request.
    pub(crate) extensions: Extensions,
    /// Where the client is, as far as that is known.
    pub(crate) address: Option<IpAddr>,
}

impl Handshake {
    /// What `auth` and the head of a request make. A payload of `null` is none.
    ///
    /// # Errors
    /// BadRequest `payload_too_large` or `too_deep`.
    pub(crate) fn new(app: App, head: Arc<Head>, auth: Option<&str>) -> Result<Self> {
        let auth = auth.filter(|auth| *auth != "null");
        action::limits(auth, app.config())?;
        Ok(Self {
            app,
            head,
            auth: auth.map(Arc::from),
        })
    }

    /// The headers of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The first header of this name, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The value of the first cookie of this name, as it was sent: without decoding, but for quotation marks around it.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers().get_all(COOKIE).into_iter();
        let lines = lines.filter_map(|line| line.to_str().ok());
        let mut cookies = lines.flat_map(|line| line.split(';'));
        cookies.find_map(|cookie| {
            let (given, value) = cookie.split_once('=')?;
            let value = value.trim();
            let unquoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            (given.trim() == name).then(|| unquoted.unwrap_or(value))
        })
    }

    /// The token of an `Authorization: Bearer` header. Browsers send none with a WebSocket: see [`auth`](Self::auth).
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let header = self.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = header.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The first value of this name in the query of the URL, decoded. URLs end up in logs: no place for a secret.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.head.query.as_bytes());
        let (_, value) = pairs.find(|(given, _)| given == name)?;
        Some(value.into_owned())
    }

    /// The `auth` payload, of a client that connects with `io(url, { auth: { token } })` or sends a new one by
    /// `sockful.auth`. No payload is read as an empty object. Keys that `T` does not have are passed over, because
    /// some are sockful's own.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use sockful::{Handshake, Result};
    /// #[derive(Deserialize)]
    /// struct Auth {
    ///     token: Option<String>,
    /// }
    ///
    /// fn token(handshake: &Handshake) -> Result<Option<String>> {
    ///     Ok(handshake.auth::<Auth>()?.token)
    /// }
    /// ```
    ///
    /// # Errors
    /// BadRequest `invalid_auth`, with the path of what in the payload does not fit `T`.
    pub fn auth<T: DeserializeOwned>(&self) -> Result<T> {
        let text = self.auth.as_deref().unwrap_or("{}");
        serde_json::from_str(text).map_err(|_| misfit::<T>(text))
    }

    /// Where the client is. Behind a proxy of [`Config::trusted_proxies`](crate::Config::trusted_proxies) the address
    /// that the proxy tells; without them what a request says of addresses is ignored. IPv4 addresses written as IPv6
    /// are IPv4.
    ///
    /// `None` on a server that does not know: [`serve`](crate::serve()) does, and
    /// `into_make_service_with_connect_info::<SocketAddr>()` of axum.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.head.address
    }

    /// What a layer in front of the app has put into the request: a `Session` of tower-sessions, for example.
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<&T> {
        self.head.extensions.get()
    }

    /// What the app was given by [`state`](crate::AppBuilder::state).
    ///
    /// # Panics
    /// If the app was given no `T`: a mistake of the program. The client is told that the server failed.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(&self) -> &T {
        self.app.state()
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }
}

/// What the payload is called in an error.
const WHOLE: &str = "auth";

/// Why an `auth` payload cannot be read.
fn misfit<T: DeserializeOwned>(text: &str) -> Error {
    let wrong = row::read::<T>(text, WHOLE, None).err().unwrap_or_default();
    // Others may read them.
    let (unknown, mut wrong): (Vec<_>, Vec<_>) = wrong
        .into_iter()
        .partition(|field| field.code == "unknown_field");
    if wrong.is_empty() {
        wrong = unknown;
    }
    if wrong.is_empty() {
        wrong.push(FieldError::new(
            WHOLE,
            "invalid",
            "is not what was expected",
        ));
    }
    Error::invalid_auth(wrong)
}

/// Without what it shows: that is secret.
impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("address", &self.head.address)
            .finish_non_exhaustive()
    }
}

/// Without cookies, tokens and whatever else a request shows.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_shows_is_not_written_for_debugging() {
        let mut head = Head {
            query: "token=s3cr3t".to_owned(),
            address: Some([192, 0, 2, 1].into()),
            ..Head::default()
        };
        for (name, value) in [(AUTHORIZATION, "Bearer s3cr3t"), (COOKIE, "session=s3cr3t")] {
            head.headers.insert(name, value.parse().unwrap());
        }
        head.extensions.insert("s3cr3t");
        let written = format!("{head:?}");
        assert!(
            written.contains("192.0.2.1") && !written.contains("s3cr3t"),
            "{written}"
        );
    }
}
