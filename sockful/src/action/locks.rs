//! Turns at records: calls that read a record before they change it come one after the other.
//!
//! Only to save work. What makes such calls correct is the revision each commit expects.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync;

use crate::row::Value;

type Key = (&'static str, Value);

/// The queues of all records that are being changed.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    // Held for map changes alone, never across an await.
    queues: Mutex<HashMap<Key, Arc<sync::Mutex<()>>>>,
}

/// The turn of one call at one record; the next in the queue has its turn when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    locks: &'a Locks,
    key: Key,
    held: Option<sync::OwnedMutexGuard<()>>,
}

impl Locks {
    /// Waits for a turn at a record. Turns come in the order asked.
    pub(crate) async fn turn(&self, resource: &'static str, id: Value) -> Turn<'_> {
        let key = (resource, id);
        let queue = Arc::clone(self.queues().entry(key.clone()).or_default());
        // Made before the wait, so that giving up the wait cleans up as well.
        let mut turn = Turn {
            locks: self,
            key,
            held: None,
        };
        turn.held = Some(queue.lock_owned().await);
        turn
    }

    /// How many records are being changed.
    pub(crate) fn len(&self) -> usize {
        self.queues().len()
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<Key, Arc<sync::Mutex<()>>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.held = None;
        let mut queues = self.locks.queues();
        // Nobody else can take a clone while the map is locked.
        if let Entry::Occupied(queue) = queues.entry(self.key.clone())
            && Arc::strong_count(queue.get()) == 1
        {
            queue.remove();
        }
    }
}
