//! How many connections may be open: in total, and from one address.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::limits::{self, Places, network};

/// Counts connections and refuses those beyond the caps.
#[derive(Debug)]
pub(super) struct Gate {
    max: usize,
    /// How many connections there are.
    open: Mutex<usize>,
    of_addresses: Arc<Places>,
    /// Told when the last connection has left.
    empty: Notify,
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
            open: Mutex::default(),
            of_addresses: Places::new(max_per_address),
            empty: Notify::new(),
        })
    }

    /// A place for a connection from `address`, free again when dropped.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let mut open = self.open();
        if *open >= self.max {
            return Err(Full::Total);
        }
        let of_address = self.of_addresses.enter(network(address));
        let of_address = of_address.ok_or(Full::Address)?;
        *open += 1;
        Ok(Place {
            gate: self.clone(),
            _of_address: of_address,
        })
    }

    /// Completes when no connection is open.
    pub(super) async fn emptied(&self) {
        loop {
            let mut empty = pin!(self.empty.notified());
            // Before looking, so that one that leaves meanwhile is not missed.
            empty.as_mut().enable();
            if *self.open() == 0 {
                return;
            }
            empty.await;
        }
    }

    /// The count is whole between any two statements, so a panic elsewhere does not spoil it.
    fn open(&self) -> MutexGuard<'_, usize> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one open connection.
#[derive(Debug)]
pub(super) struct Place {
    gate: Arc<Gate>,
    _of_address: limits::Place,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.gate.open();
        *open -= 1;
        if *open == 0 {
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
        assert_eq!(*gate.open(), 0);
        assert!(gate.of_addresses.is_empty());
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
