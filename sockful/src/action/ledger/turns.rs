//! Turns at operations: duplicates of one operation come one after the other, on this node.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::store::OperationKey;

/// The operations that run or wait.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    // Held for lookups alone, never across an await.
    running: Mutex<HashMap<OperationKey, Queue>>,
}

/// The calls of one operation.
#[derive(Debug, Default)]
struct Queue {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// How many calls run or wait: the queue goes with the last of them.
    calls: usize,
}

/// The right to run; the next duplicate has its turn when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _held: OwnedMutexGuard<()>,
    _place: Place<'a>,
}

/// A place in a queue, left when this is dropped, be it before the turn has come.
#[derive(Debug)]
struct Place<'a> {
    turns: &'a Turns,
    key: &'a OperationKey,
}

impl Turns {
    /// Waits for a turn at an operation. Turns come in the order asked.
    pub(crate) async fn turn<'a>(&'a self, key: &'a OperationKey) -> Turn<'a> {
        let (place, turn) = self.join(key);
        Turn {
            _held: turn.lock_owned().await,
            _place: place,
        }
    }

    /// How many operations run.
    pub(crate) fn len(&self) -> usize {
        self.running().len()
    }

    fn join<'a>(&'a self, key: &'a OperationKey) -> (Place<'a>, Arc<tokio::sync::Mutex<()>>) {
        let mut running = self.running();
        let queue = running.entry(key.clone()).or_default();
        queue.calls += 1;
        (Place { turns: self, key }, Arc::clone(&queue.turn))
    }

    // A panic while the lock is held can only be one of the allocator; the map stays usable.
    fn running(&self) -> MutexGuard<'_, HashMap<OperationKey, Queue>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut running = self.turns.running();
        if let Some(queue) = running.get_mut(self.key) {
            queue.calls -= 1;
            if queue.calls == 0 {
                running.remove(self.key);
            }
        }
    }
}
