//! What an authenticator answers.

use std::fmt::Display;
use std::time::SystemTime;

/// Who a client is: the key of a user, and until when that is certain.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use sockful::Login;
///
/// let login = Login::new("ann").expires(SystemTime::now() + Duration::from_secs(900));
/// assert_eq!(login.user, "ann");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The key of the user: what [`AppBuilder::user`](crate::AppBuilder::user) is given, what operations are kept
    /// under, and what [`App::revoke`](crate::App::revoke) takes. Not empty, without U+0000, and no longer than
    /// [`Config::max_id`](crate::Config::max_id).
    pub user: String,
    /// When the login ends; `None` if it lasts as long as the connection. Calls are refused from
    /// [`Config::expiry_grace`](crate::Config::expiry_grace) after this, unless the client has sent a new token.
    pub expires: Option<SystemTime>,
}

impl Login {
    /// A login as the user with this key, which lasts as long as the connection.
    pub fn new(user: impl Display) -> Self {
        Self {
            user: user.to_string(),
            expires: None,
        }
    }

    /// The same, until then.
    #[must_use]
    pub fn expires(mut self, at: SystemTime) -> Self {
        self.expires = Some(at);
        self
    }
}

/// As [`Login::new`].
impl From<&str> for Login {
    fn from(user: &str) -> Self {
        Self::new(user)
    }
}

/// As [`Login::new`].
impl From<&String> for Login {
    fn from(user: &String) -> Self {
        Self::new(user)
    }
}

/// As [`Login::new`].
impl From<String> for Login {
    fn from(user: String) -> Self {
        Self {
            user,
            expires: None,
        }
    }
}
