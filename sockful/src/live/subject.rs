//! What somebody is told about.

use std::sync::Arc;

use crate::row::Value;

/// What a view is to those who have it: what they have asked for by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// A watch, by its id.
    Watch(Arc<str>),
    /// Every record of this resource.
    All(&'static str),
    /// One record of this resource, because it was answered.
    Record(&'static str, Value),
}

impl Subject {
    /// The id, if it is a watch.
    pub(crate) fn watch(&self) -> Option<&Arc<str>> {
        match self {
            Self::Watch(id) => Some(id),
            Self::All(_) | Self::Record(..) => None,
        }
    }

    /// What tells it from others about the same records.
    pub(super) fn tag(&self) -> &[u8] {
        match self {
            Self::Watch(id) => id.as_bytes(),
            Self::All(_) => b"*",
            Self::Record(..) => b"",
        }
    }
}
