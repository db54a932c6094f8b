//! So many of one address at once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::quality::RandomState;

/// Counts what addresses have at once, and lets each have so many.
#[derive(Debug)]
pub(crate) struct Places {
    max: usize,
    // Without zeros: as many entries as there are addresses with something. Held for counting alone.
    taken: Mutex<HashMap<IpAddr, usize, RandomState>>,
}

impl Places {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            taken: Mutex::default(),
        })
    }

    /// A place for one more of this address, free again when dropped; `None` if it has all it may have.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken();
        if taken.get(&address).copied().unwrap_or(0) >= self.max {
            return None;
        }
        *taken.entry(address).or_default() += 1;
        Some(Place {
            places: Arc::clone(self),
            address,
        })
    }

    /// Whether nothing is kept of any address.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.taken().is_empty()
    }

    /// The counts are whole between any two statements, so a panic elsewhere does not spoil them.
    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize, RandomState>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of so many.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_own_places_and_nothing_is_kept_of_those_that_are_free() {
        let places = Places::new(2);
        let [one, two] = [1, 2].map(|host| IpAddr::from([192, 0, 2, host]));
        let first = places.enter(one).unwrap();
        let second = places.enter(one).unwrap();
        assert!(places.enter(one).is_none());
        let other = places.enter(two).unwrap();
        drop(first);
        let third = places.enter(one).expect("one is free again");
        drop((second, third, other));
        assert!(places.is_empty());
    }
}
