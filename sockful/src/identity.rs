//! Who is calling.

use std::sync::Arc;

/// On whose behalf a call runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody has logged in.
    Anonymous,
    /// The user with this key.
    User(Arc<str>),
    /// The application itself: no access rule applies.
    System,
}

impl Caller {
    /// The key of the user, if one has logged in.
    pub(crate) fn user(&self) -> Option<&str> {
        match self {
            Self::User(key) => Some(key),
            Self::Anonymous | Self::System => None,
        }
    }
}
