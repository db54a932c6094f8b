//! Who asks, where that is somebody who can be told more afterwards.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::live::{Join, Standing, Subscriber};

/// The one that a call is answered to, who may be told of changes from then on.
pub(crate) struct Asker {
    pub(crate) subscriber: Arc<Subscriber>,
    /// On whose behalf it was before anything was decided.
    pub(crate) standing: Standing,
    // Held to add or to take, never waited for.
    joins: Mutex<Vec<Join>>,
}

impl Asker {
    pub(crate) fn new(subscriber: &Arc<Subscriber>) -> Self {
        Self {
            subscriber: Arc::clone(subscriber),
            standing: subscriber.standing(),
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
