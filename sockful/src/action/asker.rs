//! Who asks, where that is somebody who can be told more afterwards.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::identity::Caller;
use crate::live::{Join, Subscriber};

/// The one that a call is answered to, who may be told of changes from then on.
pub(crate) struct Asker {
    pub(crate) subscriber: Arc<Subscriber>,
    /// How often the facts of its user had been stale before anything was decided.
    pub(crate) version: u64,
    // Held to add or to take, never waited for.
    joins: Mutex<Vec<Join>>,
}

impl Asker {
    pub(crate) fn new(subscriber: &Arc<Subscriber>, caller: &Caller) -> Self {
        Self {
            subscriber: Arc::clone(subscriber),
            version: caller.user().map_or(0, |user| user.version()),
            joins: Mutex::default(),
        }
    }

    /// Has it told of something once it is answered.
    pub(crate) fn add(&self, join: Join) {
        self.joins
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(join);
    }

    /// What it is to be told of.
    pub(crate) fn take(&self) -> Vec<Join> {
        std::mem::take(&mut self.joins.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asker").finish_non_exhaustive()
    }
}
