//! How many calls of one caller may have hooks that still run behind their answers.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::cx::Cx;
use crate::session::{Counted, Gauge};

/// What the calls of one caller share whose hooks still run: those of a user, those of one address who have not logged in, or those of
/// the application itself. Nobody waits for the hooks of another.
#[derive(Debug, Default)]
pub(crate) struct Following {
    permits: OnceLock<Arc<Semaphore>>,
    /// Calls that are done, and whose hooks wait for a place.
    waiting: Gauge,
}

/// The place of one such call; free again when dropped.
#[derive(Debug)]
pub(crate) struct Followed {
    _counted: Counted<Arc<Gauge>>,
    _permit: OwnedSemaphorePermit,
}

impl Following {
    /// A permit for each. There are as many as are said when they are first asked for.
    pub(super) fn permits(&self, max: usize) -> &Arc<Semaphore> {
        self.permits.get_or_init(|| Arc::new(Semaphore::new(max)))
    }

    pub(super) fn waiting(&self) -> &Gauge {
        &self.waiting
    }
}

impl Followed {
    pub(super) fn new(permit: OwnedSemaphorePermit, cx: &Cx) -> Self {
        Self {
            _counted: Counted::new(Arc::clone(&cx.app().gauges().following)),
            _permit: permit,
        }
    }
}
