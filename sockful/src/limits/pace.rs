//! So many in a time.
//!
//! The generic cell rate algorithm: all that is kept of the past is the moment from which nothing of it counts. A few
//! lines rather than a crate for rates, because of an address it is asked whether there is room before anybody knows whether
//! something is to be counted, what came all the same counts too, and what is kept of addresses must be bounded.

use std::time::Duration;

use tokio::time::Instant;

/// So many in a time: that many at once, and as many again evenly over the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How long one counts.
    each: Duration,
    /// How far ahead of the clock that may run.
    ahead: Duration,
}

impl Pace {
    /// `count` in `time`, all of them at once if they come so.
    pub(crate) fn new(count: u32, time: Duration) -> Self {
        Self::with_burst(count, time, count)
    }

    /// `count` in `time`, `burst` of them at once. None of these is zero.
    pub(crate) fn with_burst(count: u32, time: Duration, burst: u32) -> Self {
        let each = time / count.max(1);
        Self {
            each,
            ahead: each.saturating_mul(burst.max(1)),
        }
    }

    /// How long until one more may come; nothing if it may now. `clear` is when nothing counts any more.
    pub(super) fn wait(self, clear: Option<Instant>, now: Instant) -> Option<Duration> {
        let used = clear.map_or(Duration::ZERO, |clear| clear.saturating_duration_since(now));
        let wait = (used + self.each).saturating_sub(self.ahead);
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts one more, if it may come now: when nothing counts any more then.
    ///
    /// # Errors
    /// How long to wait, if it comes too soon.
    pub(super) fn count(self, clear: Option<Instant>, now: Instant) -> Result<Instant, Duration> {
        match self.wait(clear, now) {
            None => Ok(self.after_one(clear, now)),
            Some(wait) => Err(wait),
        }
    }

    /// When nothing counts any more, once one more does.
    pub(super) fn after_one(self, clear: Option<Instant>, now: Instant) -> Instant {
        clear.map_or(now, |clear| clear.max(now)) + self.each
    }
}

/// One thing that keeps to a pace.
#[derive(Debug)]
pub(crate) struct Paced {
    pace: Pace,
    clear: Option<Instant>,
}

impl Paced {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, clear: None }
    }

    /// Counts one more; if it comes too soon it does not count, and this is how long to wait.
    pub(crate) fn count(&mut self) -> Option<Duration> {
        let counted = self.pace.count(self.clear, Instant::now());
        counted.map(|clear| self.clear = Some(clear)).err()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_and_then_one_after_the_other() {
        let mut paced = Paced::new(Pace::with_burst(10, SECOND, 3));
        for _ in 0..3 {
            assert_eq!(paced.count(), None);
        }
        let each = Duration::from_millis(100);
        assert_eq!(paced.count(), Some(each));
        assert_eq!(
            paced.count(),
            Some(each),
            "one that was refused does not count"
        );
        advance(each - Duration::from_millis(1)).await;
        assert_eq!(paced.count(), Some(Duration::from_millis(1)));
        advance(Duration::from_millis(1)).await;
        assert_eq!(paced.count(), None);
        assert_eq!(paced.count(), Some(each));
    }

    #[tokio::test(start_paused = true)]
    async fn rest_gives_no_more_than_the_burst() {
        let mut paced = Paced::new(Pace::with_burst(10, SECOND, 3));
        advance(100 * SECOND).await;
        let taken = (0..100).filter(|_| paced.count().is_none());
        assert_eq!(taken.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_largest_count_limits_nothing() {
        let mut paced = Paced::new(Pace::new(u32::MAX, SECOND));
        assert!((0..100_000).all(|_| paced.count().is_none()));
    }
}
