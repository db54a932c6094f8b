//! What keeps one client from taking what others need: so many of something at once, and so many in a time.
//!
//! All numbers are in [`Config`]. What a connection may do is counted by its session, what a user may with the
//! [`User`](crate::identity::User), what an address may here. Each refusal is made by [`Limits::refuse`], so that each is
//! counted by its [`Limit`].

mod addresses;
mod following;
mod known;
mod limit;
mod network;
mod pace;
mod places;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use self::addresses::Addresses;
pub(crate) use self::following::{Followed, Following};
pub(crate) use self::known::Known;
pub(crate) use self::limit::Limit;
pub(crate) use self::network::network;
pub(crate) use self::pace::{Pace, Paced};
pub(crate) use self::places::{Place, Places};
use crate::app::Config;
use crate::cx::Cx;
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
    /// Of one caller.
    hooks_in_flight: usize,
    /// The calls of the application itself whose hooks still run.
    following: Arc<Following>,
    /// The calls of those who have not logged in, by their networks. Held for a lookup alone, never across an await.
    nobodies: Mutex<Known<IpAddr, Following>>,
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
            hooks_in_flight: config.hooks_in_flight,
            following: Arc::default(),
            nobodies: Mutex::default(),
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
    ) -> Result<Option<Attempt<'_>>> {
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
        Ok(Some(Attempt {
            failed: Some((&self.failed, address)),
            _place: place,
        }))
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

    /// Somebody at this address who has not logged in.
    pub(crate) fn nobody(&self, address: Option<IpAddr>) -> Caller {
        let Some(network) = address.map(network) else {
            return Caller::nobody();
        };
        let mut nobodies = self.nobodies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(following) = nobodies.get(&network).next() {
            return Caller::Anonymous(following);
        }
        let following = Arc::default();
        // Of those before it none is left.
        *nobodies.of(network) = vec![Arc::downgrade(&following)];
        Caller::Anonymous(following)
    }

    /// What the calls of this caller share whose hooks still run.
    pub(crate) fn following<'a>(&'a self, caller: &'a Caller) -> &'a Arc<Following> {
        match caller {
            Caller::Anonymous(following) => following,
            Caller::User(user, _) => user.following(),
            Caller::System => &self.following,
        }
    }

    /// The place of a call with this context whose hooks are to run, if one is free.
    pub(crate) fn follow_now(&self, cx: &Cx) -> Option<Followed> {
        let permit = cx.following().permits(self.hooks_in_flight);
        let permit = Arc::clone(permit).try_acquire_owned().ok()?;
        Some(Followed::new(permit, cx))
    }

    /// The same, waiting for one. Where as many calls wait so as a user may have at once, no further one is let [in](Self::call).
    pub(crate) async fn follow(&self, cx: &Cx) -> Option<Followed> {
        let _waiting = Counted::new(cx.following().waiting());
        let permit = cx.following().permits(self.hooks_in_flight);
        // Never closed.
        let permit = Arc::clone(permit).acquire_owned().await.ok()?;
        Some(Followed::new(permit, cx))
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
        let refuse = || refuse(Limit::CallsOfUser, SOON, meters);
        if self.following(caller).waiting().get() >= self.max_calls_per_user {
            return Err(refuse());
        }
        let Some(user) = caller.user() else {
            return Ok(None);
        };
        let counted = Counted::within(user.calls(), self.max_calls_per_user);
        counted.map(Some).ok_or_else(refuse)
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

/// A handshake that is being looked at. One that goes before it is known what came of it has failed: who does not wait to be
/// refused could try as often as they like.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    /// Where it counts if it has failed.
    failed: Option<(&'a Addresses, IpAddr)>,
    _place: Place,
}

impl Attempt<'_> {
    /// Says what came of it. Only what is the client's fault has failed.
    pub(crate) fn end<T>(mut self, found: &Result<T>) {
        if !found.as_ref().is_err_and(Error::is_failed_login) {
            self.failed = None;
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some((failed, address)) = self.failed {
            failed.charge(address);
        }
    }
}

/// The place of a session among those of a user.
pub(crate) type OfUser = Counted<Arc<Gauge>>;

/// The place of a session among those of its user and of its address; free again when dropped.
#[derive(Debug, Default)]
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
