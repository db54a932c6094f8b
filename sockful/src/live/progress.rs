//! How far everybody has been told, in which life of the log, and what was told last.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time;

use super::OWN_PUSH;
use super::ring::Ring;
use super::subscriber::Reason;
use crate::store::Committed;

/// How long it may take to find out where the log stands.
const KNOWN: Duration = Duration::from_secs(10);

/// Where the log stands, as far as anybody is told of it. The hub alone moves it on.
#[derive(Debug)]
pub(super) struct Progress {
    /// The position up to which everything has been told; `None` while it is not known where the log stands.
    reached: watch::Sender<Option<u64>>,
    /// How often the log has begun another life, or was lost sight of: positions of before say nothing.
    life: AtomicU64,
    /// The last transactions; `None` while it is not known where the log stands. Held to add one, or to look at some.
    ring: Mutex<Option<Ring>>,
    /// Held while the log is read for what the ring does not hold.
    fetching: tokio::sync::Mutex<()>,
    /// The position up to which facts were made stale by what the log holds.
    seen: AtomicU64,
    // Held for a look.
    epoch: Mutex<Arc<str>>,
}

impl Progress {
    /// That of a log of which nothing is known yet but its epoch.
    pub(super) fn new(epoch: Arc<str>) -> Self {
        Self {
            reached: watch::Sender::new(None),
            life: AtomicU64::new(0),
            ring: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
            seen: AtomicU64::new(0),
            epoch: Mutex::new(epoch),
        }
    }

    /// The position up to which everything has been told; `None` while it is not known where the log stands.
    pub(super) fn position(&self) -> Option<u64> {
        *self.reached.borrow()
    }

    /// The life of the log that positions are of.
    pub(super) fn life(&self) -> u64 {
        self.life.load(Ordering::SeqCst)
    }

    /// It is known where the log stands.
    pub(super) fn begin(&self, ring: Ring) {
        let pos = ring.upto();
        *self.ring() = Some(ring);
        self.reached.send_replace(Some(pos));
    }

    /// Everything has been told up to this transaction.
    pub(super) fn reach(&self, entry: &Arc<Committed>) {
        if let Some(ring) = &mut *self.ring() {
            ring.append(Arc::clone(entry));
        }
        self.reached.send_replace(Some(entry.pos));
    }

    /// It is not known any more where the log stands.
    pub(super) fn lose(&self) {
        self.reached.send_replace(None);
        self.life.fetch_add(1, Ordering::SeqCst);
        self.seen.store(0, Ordering::SeqCst);
        *self.ring() = None;
    }

    /// Until everything has been told up to a position, as far as that takes no longer than it should.
    pub(super) async fn until(&self, pos: u64) -> bool {
        let is_there = |reached: &Option<u64>| reached.is_some_and(|reached| reached >= pos);
        let mut reached = self.reached.subscribe();
        if is_there(&reached.borrow_and_update()) {
            return true;
        }
        let told = time::timeout(OWN_PUSH, reached.wait_for(is_there));
        told.await.is_ok()
    }

    /// Until it is known where the log stands.
    ///
    /// # Errors
    /// If that takes too long.
    pub(super) async fn known(&self) -> Result<(), Reason> {
        let mut reached = self.reached.subscribe();
        let known = time::timeout(KNOWN, reached.wait_for(Option::is_some));
        known.await.map(drop).map_err(|_| Reason::Unavailable)
    }

    /// The last transactions.
    // A panic while the lock is held can only be one of the allocator; what is kept stays usable.
    pub(super) fn ring(&self) -> MutexGuard<'_, Option<Ring>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has others wait who would read the log as well.
    pub(super) async fn fetching(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.fetching.lock().await
    }

    /// Whether the log has not been read so far before.
    pub(super) fn sees(&self, pos: u64) -> bool {
        self.seen.fetch_max(pos, Ordering::SeqCst) < pos
    }

    /// Names the life of the log that positions belong to.
    pub(super) fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether this is another life of the log than before.
    pub(super) fn begins_epoch(&self, epoch: &Arc<str>) -> bool {
        let mut known = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        let is_other = *known != *epoch;
        if is_other {
            *known = Arc::clone(epoch);
        }
        is_other
    }
}
