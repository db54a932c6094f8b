//! So many of one address in a time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::quality::RandomState;
use tokio::time::Instant;

use super::pace::Pace;

/// The most addresses of which anything is remembered. Whoever has more can do as much with them whatever is
/// remembered.
const MOST: usize = 65_536;
/// So few that nobody cares which of them still count.
const FEW: usize = 1_024;
/// How often those are forgotten that do not count any more.
const SWEEP: Duration = Duration::from_secs(60);
/// For so long at most counts what has come: nobody is shut out for longer, whatever others of the address do.
const MEMORY: Duration = Duration::from_secs(120);

/// What addresses have done, as long as it counts.
#[derive(Debug)]
pub(super) struct Addresses {
    pace: Pace,
    // Held for looking and counting alone, never across an await.
    past: Mutex<Past>,
}

#[derive(Debug)]
struct Past {
    /// When nothing of an address counts any more.
    clear: HashMap<IpAddr, Instant, RandomState>,
    /// How many there are when it is next looked which of them count, and when that is at the latest.
    sweep_at: usize,
    sweep_after: Instant,
}

impl Addresses {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            past: Mutex::new(Past {
                clear: HashMap::default(),
                sweep_at: FEW,
                sweep_after: Instant::now() + SWEEP,
            }),
        }
    }

    /// How long until this address may come once more; nothing if it may now.
    pub(super) fn wait(&self, address: IpAddr) -> Option<Duration> {
        let now = Instant::now();
        let mut past = self.past();
        past.sweep(now);
        self.pace.wait(past.clear.get(&address).copied(), now)
    }

    /// Counts one more; if it comes too soon it does not count, and this is how long to wait.
    pub(super) fn count(&self, address: IpAddr) -> Option<Duration> {
        let now = Instant::now();
        let mut past = self.past();
        past.sweep(now);
        let clear = past.clear.get(&address).copied();
        let counted = self.pace.count(clear, now);
        counted.map(|clear| past.clear.insert(address, clear)).err()
    }

    /// Counts one more that has come already, too soon or not.
    pub(super) fn charge(&self, address: IpAddr) {
        let now = Instant::now();
        let mut past = self.past();
        past.sweep(now);
        let clear = past.clear.get(&address).copied();
        let after = self.pace.after_one(clear, now).min(now + MEMORY);
        past.clear.insert(address, after);
    }

    /// Of how many addresses something is remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.past().clear.len()
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Past {
    /// Forgets what does not count any more, if it is time for that.
    fn sweep(&mut self, now: Instant) {
        if self.clear.len() < self.sweep_at && now < self.sweep_after {
            return;
        }
        self.clear.retain(|_, clear| *clear > now);
        if self.clear.len() >= MOST {
            self.forget_half();
        }
        self.sweep_at = (self.clear.len() * 2).clamp(FEW, MOST);
        self.clear.shrink_to(self.sweep_at);
        self.sweep_after = now + SWEEP;
    }

    /// Forgets the half that would not count soonest: so many at once, so that this is seldom done.
    fn forget_half(&mut self) {
        let mut moments: Vec<_> = self.clear.values().copied().collect();
        let half = moments.len() / 2;
        let (_, middle, later) = moments.select_nth_unstable(half);
        let middle = *middle;
        let mut of_middle = half - later.iter().filter(|clear| **clear > middle).count();
        self.clear.retain(|_, clear| {
            let kept = *clear > middle || *clear == middle && of_middle > 0;
            of_middle -= usize::from(kept && *clear == middle);
            kept
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::advance;

    use super::*;

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    fn per_minute(count: u32) -> Addresses {
        Addresses::new(Pace::new(count, Duration::from_secs(60)))
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_has_its_own_count_and_looking_counts_nothing() {
        let addresses = per_minute(2);
        let [one, two] = [1, 2].map(address);
        assert!((0..2).all(|_| addresses.count(one).is_none()));
        for _ in 0..10 {
            assert_eq!(addresses.wait(one), Some(Duration::from_secs(30)));
            assert_eq!(addresses.wait(two), None);
        }
        assert_eq!(addresses.len(), 1);
        advance(Duration::from_secs(30)).await;
        assert_eq!(addresses.wait(one), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_come_too_soon_counts_and_not_for_ever() {
        let addresses = per_minute(2);
        let one = address(1);
        for _ in 0..4 {
            addresses.charge(one);
        }
        let wait = Duration::from_secs(90);
        assert_eq!(addresses.wait(one), Some(wait));
        for _ in 0..1_000 {
            addresses.charge(one);
        }
        assert_eq!(addresses.wait(one), Some(wait));
        advance(wait).await;
        assert_eq!(addresses.wait(one), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_count_any_more_is_forgotten() {
        let addresses = per_minute(2);
        for number in 0..10_000 {
            assert_eq!(addresses.count(address(number)), None);
        }
        assert_eq!(addresses.len(), 10_000);
        advance(Duration::from_secs(61)).await;
        assert_eq!(addresses.count(address(0)), None);
        assert_eq!(addresses.len(), 1);
        assert!(addresses.past().clear.capacity() <= 4 * FEW);
    }

    #[tokio::test(start_paused = true)]
    async fn of_too_many_addresses_those_are_remembered_that_did_most() {
        let addresses = per_minute(4);
        let offender = address(u32::MAX);
        while addresses.count(offender).is_none() {}
        for number in 0..300_000 {
            assert_eq!(addresses.count(address(number)), None);
            assert!(addresses.len() <= MOST);
        }
        assert!(addresses.wait(offender).is_some());
    }
}
