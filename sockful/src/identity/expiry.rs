//! When a login ends.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::error::Error;
use crate::row;

/// Longer than any connection: clocks overflow when a moment lies too far ahead.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// When a login ends, by both clocks: neither one that was set back nor one that stood still while the machine
/// slept makes a login last longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    at: SystemTime,
    instant: Instant,
}

impl Expiry {
    /// The end at this time, as the clocks stand now.
    pub(crate) fn at(at: SystemTime) -> Self {
        let left = at.duration_since(SystemTime::now()).unwrap_or_default();
        Self {
            at,
            instant: Instant::now() + left.min(LONGEST),
        }
    }

    /// Whether it lies so long in the past.
    pub(crate) fn is_past_by(self, grace: Duration) -> bool {
        let by_calendar = SystemTime::now().duration_since(self.at);
        let by_clock = Instant::now().checked_duration_since(self.instant);
        by_calendar.is_ok_and(|past| past >= grace) || by_clock.is_some_and(|past| past >= grace)
    }

    /// The moment so long before it, or now if that has passed.
    pub(crate) fn before(self, warning: Duration) -> Instant {
        let now = Instant::now();
        self.instant.checked_sub(warning).unwrap_or(now).max(now)
    }

    /// How long it is until then.
    pub(crate) fn left(self) -> Duration {
        self.instant.saturating_duration_since(Instant::now())
    }

    /// The time as it stands on the wire.
    pub(crate) fn to_text(self) -> String {
        let since = self.at.duration_since(SystemTime::UNIX_EPOCH);
        let micros = since.map_or(0, |since| since.as_micros());
        row::time::with_text(i64::try_from(micros).unwrap_or(i64::MAX), str::to_owned)
    }
}

/// 401 `token_expired`: what the client has logged in with is no longer good.
pub(crate) fn token_expired() -> Error {
    Error::not_authenticated("the login has expired: send a new token").reason("token_expired")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_login_ends_by_the_clock_that_waits() {
        let second = Duration::from_secs(1);
        let expiry = Expiry::at(SystemTime::now() + 100 * second);
        tokio::time::advance(99 * second).await;
        assert!(!expiry.is_past_by(Duration::ZERO));
        tokio::time::advance(second).await;
        assert!(expiry.is_past_by(Duration::ZERO) && !expiry.is_past_by(second));
        tokio::time::advance(second).await;
        assert!(expiry.is_past_by(second));
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_ends_by_the_calendar() {
        let expiry = Expiry {
            at: SystemTime::now() - Duration::from_secs(10),
            instant: Instant::now() + Duration::from_secs(10),
        };
        assert!(expiry.is_past_by(Duration::from_secs(9)));
        assert!(!expiry.is_past_by(Duration::from_secs(60)));
    }

    #[tokio::test]
    async fn no_time_is_too_far_away() {
        for seconds in [i64::MAX.unsigned_abs() / 2, 1 << 40] {
            let Some(at) = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) else {
                continue;
            };
            let expiry = Expiry::at(at);
            assert!(!expiry.is_past_by(Duration::ZERO));
            assert!(expiry.left() > Duration::from_secs(1 << 30));
            assert!(!expiry.to_text().is_empty());
        }
        let past = Expiry::at(SystemTime::UNIX_EPOCH);
        assert!(past.is_past_by(Duration::from_secs(1 << 30)));
        assert_eq!(past.to_text(), "1970-01-01T00:00:00.000000Z");
    }
}
