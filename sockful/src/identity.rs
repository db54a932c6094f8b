//! Who is calling, and how that is known.
//!
//! A client shows a [`Handshake`]; the app's authenticator makes a [`Login`] of it, which names a user by a key. The
//! app's loader answers the facts of a user, which policies and methods use. `identity/authenticate.rs` is the one
//! road from a handshake to a [`Caller`], whatever carried it.

mod address;
mod authenticate;
mod expiry;
mod facts;
mod handshake;
#[cfg(feature = "jwt")]
mod jwt;
mod login;
mod refresh;
mod users;

use std::fmt;
use std::sync::Arc;

pub(crate) use address::Proxies;
pub(crate) use authenticate::{Authenticator, authenticate, login};
pub(crate) use expiry::{Expiry, token_expired};
pub(crate) use facts::{Facts, Loader};
pub use handshake::Handshake;
pub(crate) use handshake::Head;
#[cfg(feature = "jwt")]
pub use jwt::{Jwt, JwtKeyError};
pub use login::Login;
pub use refresh::UserKeys;
pub(crate) use refresh::{Refreshers, commit};
pub(crate) use users::{User, Users};

use crate::limits::Following;
use crate::session::Gauge;

/// On whose behalf a call runs.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody has logged in. What the calls of such a session share.
    Anonymous(Arc<Following>),
    /// A user, and when the login ends.
    User(Arc<User>, Option<Expiry>),
    /// The application itself: no access rule applies.
    System,
}

impl Caller {
    /// Somebody who has not logged in.
    pub(crate) fn nobody() -> Self {
        Self::Anonymous(Arc::default())
    }

    /// The user, if one has logged in.
    pub(crate) fn user(&self) -> Option<&Arc<User>> {
        match self {
            Self::User(user, _) => Some(user),
            Self::Anonymous(_) | Self::System => None,
        }
    }

    /// The key of the user, if one has logged in.
    pub(crate) fn key(&self) -> Option<&str> {
        self.user().map(|user| user.key())
    }

    /// When the login ends, if it does.
    pub(crate) fn expiry(&self) -> Option<Expiry> {
        match self {
            Self::User(_, expiry) => *expiry,
            Self::Anonymous(_) | Self::System => None,
        }
    }
}

/// What an app knows of identity.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) authenticator: Option<Authenticator>,
    pub(crate) loader: Option<Loader>,
    pub(crate) refreshers: Refreshers,
    pub(crate) proxies: Proxies,
    pub(crate) users: Arc<Users>,
    /// Handshakes whose authenticator runs.
    pub(crate) handshakes: Gauge,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
