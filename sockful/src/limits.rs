//! What keeps one client from taking what others need: so many of something at once, and so many in a time.
//!
//! All numbers are in [`Config`]. What a connection may do is counted by its session, what a user may with the
//! [`User`](crate::identity::User), what an address may here. Each refusal is made by [`Limits::refuse`], so that each is
//! counted by its [`Limit`].

mod addresses;
mod limit;
mod network;
mod pace;
mod places;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use self::limit::Limit;
pub(crate) use self::network::network;
pub(crate) use self::pace::{Pace, Paced};

use self::addresses::Addresses;
use self::places::{Place, Places};
use crate::app::Config;
use crate::error::{Error, Result};
use crate::identity::{Caller, User};
use crate::meters::Meters;
use crate::session::{Counted, Gauge};

const MINUTE: Duration = Duration::from_secs(60);
/// After this it is worth trying again where something has its end at a time that nobody knows.
pub(crate) const SOON: Duration = Duration::from_millis(200);

/// The limits of an app that are no one connection's own.
#[derive(Debug)]
pub(crate) struct Limits {
    /// Handshakes that are being looked at.
    handshakes: Arc<Places>,
    sessions: Arc<Places>,
    /// Handshakes that have begun.
    begun: Addresses,
    /// Handshakes whose authenticator has refused them.
    failed: Addresses,
    max_sessions_per_user: usize,
    max_calls_per_user: usize,
    /// After this a session is gone whose client is.
    gone: Duration,
}

impl Limits {
    pub(crate) fn new(config: &Config) -> Self {
        let per_minute = |count| Addresses::new(Pace::new(count, MINUTE));
        Self {
            handshakes: Places::new(config.max_handshakes_per_address),
            sessions: Places::new(config.max_sessions_per_address),
            begun: per_minute(config.handshakes_per_minute),
            failed: per_minute(config.failed_logins_per_minute),
            max_sessions_per_user: config.max_sessions_per_user,
            max_calls_per_user: config.max_calls_per_user,
            gone: config.ping_interval + config.ping_timeout,
        }
    }

    /// Lets a client show who it is. An address that is not known has no limits: all clients would share them.
    ///
    /// # Errors
    /// TooManyRequests `too_many_handshakes`, `too_many_failed_logins`.
    pub(crate) fn handshake(
        &self,
        address: Option<IpAddr>,
        meters: &Meters,
    ) -> Result<Option<Place>> {
        let Some(address) = address.map(network) else {
            return Ok(None);
        };
        if let Some(wait) = self.failed.wait(address) {
            return Err(refuse(Limit::FailedLogins, wait, meters));
        }
        let place = self.handshakes.enter(address);
        let place = place.ok_or_else(|| refuse(Limit::HandshakesAtOnce, SOON, meters))?;
        if let Some(wait) = self.begun.count(address) {
            return Err(refuse(Limit::Handshakes, wait, meters));
        }
        meters.addresses(self.begun.len() + self.failed.len());
        Ok(Some(place))
    }

    /// Counts a handshake that was refused, if it was the client's fault.
    pub(crate) fn refused(&self, address: Option<IpAddr>, error: &Error) {
        if let Some(address) = address
            && error.is_failed_login()
        {
            // Whoever has come so far was let in: one more than there may be is counted as well.
            let _ = self.failed.count(network(address));
        }
    }

    /// The place of a new session.
    ///
    /// # Errors
    /// TooManyRequests `too_many_sessions`.
    pub(crate) fn session(
        &self,
        caller: &Caller,
        address: Option<IpAddr>,
        meters: &Meters,
    ) -> Result<Seat> {
        let of_user = match caller.user() {
            Some(user) => Some(self.session_of(user, meters)?),
            None => None,
        };
        let of_address = match address {
            Some(address) => {
                let place = self.sessions.enter(network(address));
                Some(place.ok_or_else(|| refuse(Limit::SessionsOfAddress, self.gone, meters))?)
            }
            None => None,
        };
        Ok(Seat {
            of_user,
            _of_address: of_address,
        })
    }

    /// The place of a session among those of this user.
    ///
    /// # Errors
    /// TooManyRequests `too_many_sessions`.
    pub(crate) fn session_of(&self, user: &User, meters: &Meters) -> Result<OfUser> {
        let counted = Counted::within(Arc::clone(user.sessions()), self.max_sessions_per_user);
        counted.ok_or_else(|| refuse(Limit::SessionsOfUser, self.gone, meters))
    }

    /// The place of a call among those of its user, if it has one.
    ///
    /// # Errors
    /// TooManyRequests `too_many_calls`.
    pub(crate) fn call<'a>(
        &self,
        caller: &'a Caller,
        meters: &Meters,
    ) -> Result<Option<Counted<&'a Gauge>>> {
        let Some(user) = caller.user() else {
            return Ok(None);
        };
        match Counted::within(user.calls(), self.max_calls_per_user) {
            Some(counted) => Ok(Some(counted)),
            None => Err(refuse(Limit::CallsOfUser, SOON, meters)),
        }
    }
}

/// The error of a client that has reached a limit: counted, and never made elsewhere.
pub(crate) fn refuse(limit: Limit, wait: Duration, meters: &Meters) -> Error {
    meters.refused(limit);
    // Told in milliseconds: no less than it takes.
    let wait = Duration::from_millis(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)) + STEP;
    limit.error().retry_after(wait)
}

const STEP: Duration = Duration::from_millis(1);

/// The place of a session among those of a user.
pub(crate) type OfUser = Counted<Arc<Gauge>>;

/// The place of a session among those of its user and of its address; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    of_user: Option<OfUser>,
    _of_address: Option<Place>,
}

impl Seat {
    /// The same session, of another user from now on.
    pub(crate) fn change(&mut self, of_user: OfUser) {
        self.of_user = Some(of_user);
    }
}
