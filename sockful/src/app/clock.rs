//! The time of day, by which records are stamped.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;

type Now = dyn Fn() -> SystemTime + Send + Sync;

/// Tells the time of day.
pub(crate) struct Clock(Box<Now>);

impl Clock {
    pub(super) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Box::new(now))
    }

    /// Microseconds since 1970, as the store keeps them: what is finer is cut off.
    pub(crate) fn now(&self) -> i64 {
        // No clock shows a time that jiff does not know.
        Timestamp::try_from((self.0)()).map_or(0, Timestamp::as_microsecond)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
