//! Every limit whose refusals are counted.

use crate::error::Error;

/// A limit, named as in [`Config`](crate::Config).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    RequestsPerSecond,
    DetachedInFlight,
    CallsOfUser,
    SessionsOfUser,
    SessionsOfAddress,
    HandshakesAtOnce,
    Handshakes,
    FailedLogins,
    Polling,
    /// Of requests that wait, in number or in bytes.
    Inbox,
    Outbox,
    Watches,
    WatchScan,
}

impl Limit {
    pub(crate) const ALL: [Self; 13] = [
        Self::RequestsPerSecond,
        Self::DetachedInFlight,
        Self::CallsOfUser,
        Self::SessionsOfUser,
        Self::SessionsOfAddress,
        Self::HandshakesAtOnce,
        Self::Handshakes,
        Self::FailedLogins,
        Self::Polling,
        Self::Inbox,
        Self::Outbox,
        Self::Watches,
        Self::WatchScan,
    ];

    /// Its name in `Config`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RequestsPerSecond => "requests_per_second",
            Self::DetachedInFlight => "detached_in_flight",
            Self::CallsOfUser => "max_calls_per_user",
            Self::SessionsOfUser => "max_sessions_per_user",
            Self::SessionsOfAddress => "max_sessions_per_address",
            Self::HandshakesAtOnce => "max_handshakes_per_address",
            Self::Handshakes => "handshakes_per_minute",
            Self::FailedLogins => "failed_logins_per_minute",
            Self::Polling => "max_polling_per_address",
            Self::Inbox => "inbox_requests",
            Self::Outbox => "outbox_bytes",
            Self::Watches => "max_watches",
            Self::WatchScan => "watch_scan",
        }
    }

    /// What a client is told that has reached it.
    pub(super) fn error(self) -> Error {
        let message = match self {
            Self::RequestsPerSecond => "this connection asks faster than it may",
            Self::DetachedInFlight => "too many detached calls of this connection are running",
            Self::CallsOfUser => "too many calls of this user are running",
            Self::SessionsOfUser => "this user has too many connections",
            Self::SessionsOfAddress => "this address has too many connections",
            Self::HandshakesAtOnce | Self::Handshakes => "this address connects too often",
            Self::FailedLogins => "this address has failed to log in too often",
            Self::Polling => "this address has too many polling connections",
            Self::Inbox | Self::Outbox => "this connection asks more than it reads",
            Self::Watches => "this connection watches too much",
            Self::WatchScan => {
                "too much of this resource is watched by conditions that are no equality and no range"
            }
        };
        let error = Error::too_many_requests(message);
        match self {
            Self::RequestsPerSecond => error.reason("rate_limited"),
            Self::CallsOfUser => error.reason("too_many_calls"),
            Self::SessionsOfUser | Self::SessionsOfAddress => error.reason("too_many_sessions"),
            Self::HandshakesAtOnce | Self::Handshakes => error.reason("too_many_handshakes"),
            Self::FailedLogins => error.reason("too_many_failed_logins"),
            Self::Watches => error.reason("too_many_watches"),
            Self::WatchScan => error.reason("too_many_scans"),
            Self::DetachedInFlight | Self::Polling | Self::Inbox | Self::Outbox => error,
        }
    }
}
