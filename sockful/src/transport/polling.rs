//! How many sessions of one address may stay on HTTP long-polling: the cheapest way to hold a server's memory.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::limits::Known;

/// The polling sessions of every address.
#[derive(Debug, Default)]
pub(super) struct PollingSessions {
    // Held for counting alone, never across an await.
    by_address: Mutex<Known<IpAddr, Slot>>,
}

/// The place of one session. It counts until it is dropped or its session has upgraded.
#[derive(Default)]
pub(super) struct Slot {
    upgraded: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl PollingSessions {
    /// A place for a new session, or `None` if its address has `max` already.
    pub(super) fn enter(&self, address: IpAddr, max: usize) -> Option<Arc<Slot>> {
        let mut addresses = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let slots = addresses.of(address);
        // Looked at only when it matters: nobody need tell us of every end and upgrade.
        if slots.len() >= max {
            slots.retain(|slot| slot.upgrade().is_some_and(|slot| slot.counts()));
        }
        let entered = (slots.len() < max).then(Arc::default);
        slots.extend(entered.iter().map(Arc::downgrade));
        entered
    }
}

impl Slot {
    /// Says how to learn whether the session has upgraded to WebSocket.
    pub(super) fn upgrades(&self, upgraded: impl Fn() -> bool + Send + Sync + 'static) {
        // A second namespace of the same connection asks the same question.
        let _ = self.upgraded.set(Box::new(upgraded));
    }

    fn counts(&self) -> bool {
        !self.upgraded.get().is_some_and(|upgraded| upgraded())
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("counts", &self.counts())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn an_address_gets_so_many_places_and_another_its_own() {
        let sessions = PollingSessions::default();
        let [one, two] = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
        let held: Vec<_> = (0..3).map(|_| sessions.enter(one, 3)).collect();
        assert!(held.iter().all(Option::is_some));
        assert!(sessions.enter(one, 3).is_none());
        assert!(sessions.enter(two, 3).is_some());
    }

    #[test]
    fn a_place_is_free_again_when_its_session_ends_or_upgrades() {
        let sessions = PollingSessions::default();
        let first = sessions.enter(HOME, 1);
        assert!(sessions.enter(HOME, 1).is_none());
        drop(first);
        let second = sessions.enter(HOME, 1).expect("the first has ended");
        second.upgrades(|| true);
        assert!(sessions.enter(HOME, 1).is_some());
    }
}
