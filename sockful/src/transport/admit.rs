//! Looks at every request before Socket.IO does, and keeps what nobody would know of it later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::head::Doubts;
use super::polling::PollingSessions;
use super::serve::Line;
use super::{Peer, head};
use crate::app::App;
use crate::limits::{Known, Limit, network};

/// The longest id of a session that anything is kept for, in bytes.
const LONGEST_ID: usize = 64;

/// What is kept of the requests that carry sessions.
#[derive(Debug, Default)]
pub(super) struct Doors {
    polling: PollingSessions,
    /// The connections over which sessions that began elsewhere go on, by the id of the session. Held for an entry
    /// alone, never across an await.
    upgraded: Mutex<Known<Box<str>, Line>>,
    doubts: Doubts,
}

impl Doors {
    /// What has been told of addresses that are not known.
    pub(super) fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// The connections on which the session with this id goes on that began with polling.
    pub(super) fn upgraded(&self, session: &str) -> Vec<Arc<Line>> {
        self.lines().get(session).collect()
    }

    fn upgrade(&self, session: &str, line: &Arc<Line>) {
        let mut lines = self.lines();
        let lines = lines.of(session.into());
        // Whoever claims to upgrade one session again and again does not make this grow.
        lines.retain(|line| line.strong_count() > 0);
        lines.push(Arc::downgrade(line));
    }

    fn lines(&self) -> MutexGuard<'_, Known<Box<str>, Line>> {
        self.upgraded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts new polling sessions and passes their place on; remembers the connections that sessions upgrade to.
pub(super) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Asked { session, websocket } = Asked::of(request.uri().query().unwrap_or_default());
    match session {
        // Whatever Socket.IO makes of it.
        None if !websocket => {
            // A server that does not tell addresses has no cap for each: all its clients would share one.
            let address = head::address(request.extensions(), request.headers(), &app);
            let Some(address) = address.map(network) else {
                return next.run(request).await;
            };
            let max = app.config().max_polling_per_address;
            let Some(slot) = app.carrier().doors().polling.enter(address, max) else {
                tracing::debug!(%address, "too many polling sessions");
                app.meters().refused(Limit::Polling);
                return StatusCode::TOO_MANY_REQUESTS.into_response();
            };
            request.extensions_mut().insert(slot);
            next.run(request).await
        }
        Some(session) if websocket && session.len() <= LONGEST_ID => {
            let session = session.to_owned();
            let peer = request.extensions().get::<Peer>().cloned();
            let response = next.run(request).await;
            // From here on the connection carries this session alone, or nothing.
            if response.status() == StatusCode::SWITCHING_PROTOCOLS
                && let Some(peer) = peer
            {
                app.carrier().doors().upgrade(&session, &peer.line);
            }
            response
        }
        _ => next.run(request).await,
    }
}

/// What a request asks of Socket.IO, read as Socket.IO reads it: the first of several parts counts.
#[derive(Debug, PartialEq, Eq)]
struct Asked<'a> {
    /// The session it belongs to; none if it begins one.
    session: Option<&'a str>,
    websocket: bool,
}

impl<'a> Asked<'a> {
    fn of(query: &'a str) -> Self {
        let part = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name));
        Self {
            session: part("sid="),
            websocket: part("transport=") == Some("websocket"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_exactly_asks_for_a_websocket_is_none_of_the_polling_sessions() {
        for query in [
            "",
            "EIO=4",
            "EIO=4&transport=polling",
            "EIO=4&transport=polling=",
            "EIO=4&transport=polling&transport=websocket",
            "EIO=4&transport=websocket=",
            "EIO=4&xtransport=websocket",
        ] {
            assert!(!Asked::of(query).websocket, "{query}");
        }
        let asked = Asked::of("EIO=4&transport=websocket&sid=one&sid=two&transport=polling");
        assert!(asked.websocket);
        assert_eq!(asked.session, Some("one"));
    }

    #[test]
    fn a_session_upgraded_again_and_again_holds_only_what_still_is() {
        let doors = Doors::default();
        let line = Arc::default();
        doors.upgrade("one", &line);
        for _ in 0..10_000 {
            doors.upgrade("one", &Arc::default());
        }
        assert!(doors.lines().of("one".into()).len() <= 2);
        assert_eq!(doors.upgraded("one").len(), 1);
        assert!(doors.upgraded("two").is_empty());
    }
}
