//! How long a log and a ledger are kept.

use std::fmt;
use std::time::Duration;

/// How much of both is kept.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Keep {
    /// Entries of the log.
    pub(in crate::store) log: Bounds,
    /// Answers of operations.
    pub(in crate::store) answers: Bounds,
}

impl Default for Keep {
    fn default() -> Self {
        let hours = |hours: u64| Bounds {
            age: Duration::from_secs(hours * 60 * 60),
            bytes: 1 << 30,
        };
        Self {
            log: hours(7 * 24),
            answers: hours(24),
        }
    }
}

/// What is older goes, and the oldest of what takes more bytes.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Bounds {
    pub(in crate::store) age: Duration,
    pub(in crate::store) bytes: u64,
}

/// 0000-01-01T00:00:00Z: nothing is older.
const EARLIEST: i64 = -62_167_219_200_000_000;

impl Bounds {
    /// What is to go of so many bytes, now. Times are microseconds since 1970.
    pub(in crate::store) fn doomed(self, bytes: u64, now: i64) -> Doomed {
        let age = i64::try_from(self.age.as_micros()).unwrap_or(i64::MAX);
        Doomed {
            old: now.saturating_sub(age).max(EARLIEST),
            bounds: self,
            left: bytes,
            count: 0,
        }
    }
}

/// The oldest of what is kept, which are to go, counted one after the other.
pub(in crate::store) struct Doomed {
    old: i64,
    bounds: Bounds,
    /// About how many bytes stay.
    pub(in crate::store) left: u64,
    /// How many go.
    pub(in crate::store) count: u64,
}

impl Doomed {
    /// Whether the next, of this time, is to go.
    pub(in crate::store) fn has(&self, at: i64) -> bool {
        at < self.old || self.left > self.bounds.bytes
    }

    /// Counts the next in, if it is to go. Answers whether it is.
    pub(in crate::store) fn take(&mut self, at: i64, size: u64) -> bool {
        let goes = self.has(at);
        if goes {
            self.count += 1;
            self.left = self.left.saturating_sub(size);
        }
        goes
    }
}

/// How much there is, as it is noted in the database: about so many bytes, up to this position or time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Size {
    pub(in crate::store) bytes: u64,
    pub(in crate::store) to: i64,
}

impl Size {
    /// Reads a note; nothing where there is none.
    pub(in crate::store) fn noted(note: Option<&str>) -> Self {
        let note = note.and_then(|note| note.split_once(' '));
        let size = note.and_then(|(bytes, to)| {
            Some(Self {
                bytes: bytes.parse().ok()?,
                to: to.parse().ok()?,
            })
        });
        size.unwrap_or_default()
    }

    /// This note if it is of no time to come, and nothing else.
    pub(in crate::store) fn until(self, now: i64) -> Self {
        if self.to > now { Self::default() } else { self }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.bytes, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60 * 1_000_000;

    fn bounds(hours: u64, bytes: u64) -> Bounds {
        Bounds {
            age: Duration::from_secs(hours * 60 * 60),
            bytes,
        }
    }

    #[test]
    fn what_is_too_old_goes() {
        let mut doomed = bounds(2, 1_000).doomed(100, 10 * HOUR);
        assert!(doomed.take(7 * HOUR, 10));
        assert!(!doomed.take(8 * HOUR, 10));
        assert_eq!((doomed.count, doomed.left), (1, 90));
    }

    #[test]
    fn the_oldest_go_until_the_rest_has_room() {
        let mut doomed = bounds(2, 50).doomed(100, 10 * HOUR);
        let taken = [30, 20, 10].map(|size| doomed.take(10 * HOUR, size));
        assert_eq!(taken, [true, true, false]);
        assert_eq!((doomed.count, doomed.left), (2, 50));
    }

    #[test]
    fn what_is_kept_for_ever_never_goes() {
        let mut doomed = bounds(u64::MAX / 3_600, u64::MAX).doomed(u64::MAX, 0);
        assert!(!doomed.take(EARLIEST, 1));
    }

    #[test]
    fn a_note_of_a_time_to_come_is_none() {
        let size = Size { bytes: 7, to: 3 };
        assert_eq!(size.until(3), size);
        assert_eq!(size.until(2), Size::default());
    }

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let size = Size { bytes: 7, to: -3 };
        assert_eq!(Size::noted(Some(&size.to_string())), size);
        for none in [None, Some(""), Some("7"), Some("a b")] {
            assert_eq!(Size::noted(none), Size::default(), "{none:?}");
        }
    }
}
