//! How many connections may be open: in total, and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::limits::network;

/// Counts connections and refuses those beyond the caps.
#[derive(Debug)]
pub(super) struct Gate {
    max: usize,
    max_per_address: usize,
    open: Mutex<Open>,
    /// Told when the last connection has left.
    empty: Notify,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// Without zeros: as many entries as there are networks with a connection.
    by_network: HashMap<IpAddr, usize>,
}

/// Why a connection may not enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// As many connections as there may be.
    Total,
    /// As many connections as one address may have.
    Address,
}

impl Gate {
    pub(super) fn new(max: usize, max_per_address: usize) -> Arc<Self> {
        Arc::new(Self {
            max,
            max_per_address,
            open: Mutex::default(),
            empty: Notify::new(),
        })
    }

    /// A place for a connection from `address`, free again when dropped.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let network = network(address);
        let mut open = self.open();
        if open.total >= self.max {
            return Err(Full::Total);
        }
        if open.by_network.get(&network).copied().unwrap_or(0) >= self.max_per_address {
            return Err(Full::Address);
        }
        *open.by_network.entry(network).or_default() += 1;
        open.total += 1;
        Ok(Place {
            gate: self.clone(),
            network,
        })
    }

    /// Completes when no connection is open.
    pub(super) async fn emptied(&self) {
        loop {
            let mut empty = pin!(self.empty.notified());
            // Before looking, so that one that leaves meanwhile is not missed.
            empty.as_mut().enable();
            if self.open().total == 0 {
                return;
            }
            empty.await;
        }
    }

    /// The counts are whole between any two statements, so a panic elsewhere does not spoil them.
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one open connection.
#[derive(Debug)]
pub(super) struct Place {
    gate: Arc<Gate>,
    network: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.gate.open();
        open.total -= 1;
        if let Some(count) = open.by_network.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                open.by_network.remove(&self.network);
            }
        }
        if open.total == 0 {
            self.gate.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_its_own_cap_below_the_total() {
        let gate = Gate::new(3, 2);
        let first = gate.enter(ip("192.0.2.1")).unwrap();
        let _second = gate.enter(ip("192.0.2.1")).unwrap();
        assert_eq!(gate.enter(ip("192.0.2.1")).unwrap_err(), Full::Address);
        let _other = gate.enter(ip("192.0.2.2")).unwrap();
        assert_eq!(gate.enter(ip("192.0.2.3")).unwrap_err(), Full::Total);
        drop(first);
        assert!(gate.enter(ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn nothing_is_kept_of_closed_connections() {
        let gate = Gate::new(10, 10);
        let places: Vec<_> = (0..4)
            .map(|host| gate.enter(IpAddr::from([192, 0, 2, host])))
            .collect();
        drop(places);
        assert_eq!(gate.open().total, 0);
        assert!(gate.open().by_network.is_empty());
    }

    #[tokio::test]
    async fn it_is_empty_when_the_last_connection_has_left() {
        let gate = Gate::new(10, 10);
        gate.emptied().await;
        let [one, two] = [1, 2].map(|host| gate.enter(IpAddr::from([192, 0, 2, host])));
        drop(one);
        let mut emptied = pin!(gate.emptied());
        assert!(emptied.as_mut().now_or_never().is_none());
        drop(two);
        emptied.await;
    }
}
