//! Turns at records: calls that read a record before they change it come one after the other.
//!
//! Only to save work. What makes such calls correct is the revision each commit expects.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::quality::RandomState;
use tokio::sync::{Mutex, MutexGuard};

use crate::row::Value;
use crate::session::{Counted, Gauge};

/// Many more than calls that run at once, so that two records seldom share one.
const QUEUES: usize = 1024;

tokio::task_local! {
    /// The record that the call which runs is about, if it is about one.
    static CHANGING: Option<Spot>;
}

/// One record, as the queues know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot(u64);

impl Spot {
    /// Whether the call that asks is changing this very record: it would wait for itself.
    pub(crate) fn is_own(self) -> bool {
        CHANGING.try_with(|own| *own == Some(self)).unwrap_or(false)
    }
}

/// Whether the code that asks runs within a call that may have a turn. If it waited for another, two such calls
/// could wait for each other.
pub(crate) fn has_turn() -> bool {
    CHANGING.try_with(|_| ()).is_ok()
}

/// Runs a call, which changes this record.
pub(crate) fn changing<F: Future>(spot: Option<Spot>, call: F) -> impl Future<Output = F::Output> {
    CHANGING.scope(spot, call)
}

/// The queues at all records that are being changed. Records share queues, but a call does not wait for
/// one that changes another record: it goes on without a turn.
#[derive(Debug)]
pub(crate) struct Locks {
    queues: Box<[Queue]>,
    hasher: RandomState,
    taken: Gauge,
}

#[derive(Debug, Default)]
struct Queue {
    turn: Mutex<()>,
    /// The hash of the record whose turn it is.
    record: AtomicU64,
}

/// The turn of one call at one record; the next in the queue has its turn when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _held: MutexGuard<'a, ()>,
    _counted: Counted<&'a Gauge>,
}

impl Default for Locks {
    fn default() -> Self {
        Self {
            queues: (0..QUEUES).map(|_| Queue::default()).collect(),
            hasher: RandomState::default(),
            taken: Gauge::default(),
        }
    }
}

impl Locks {
    /// Where calls that change this record queue up.
    pub(crate) fn spot(&self, resource: &str, id: &Value) -> Spot {
        Spot(self.hasher.hash_one((resource, id)))
    }

    /// Waits for a turn at a record. Turns come in the order asked. `None` if the queue is taken by
    /// another record: then the call goes on without one.
    pub(crate) async fn turn(&self, spot: Spot) -> Option<Turn<'_>> {
        let (queue, Spot(record)) = (&self.queues[Self::queue(spot)], spot);
        let held = match queue.turn.try_lock() {
            Ok(held) => held,
            Err(_) if queue.record.load(Ordering::Relaxed) == record => queue.turn.lock().await,
            Err(_) => return None,
        };
        Some(self.taken_by(queue, held, spot))
    }

    /// Waits for a turn at each of these records, in an order that all calls keep, also behind calls that
    /// change another record of the same queue.
    pub(crate) async fn turns(&self, mut spots: Vec<Spot>) -> Vec<Turn<'_>> {
        spots.sort_unstable_by_key(|spot| Self::queue(*spot));
        // A queue gives one turn at a time, also to the same call.
        spots.dedup_by_key(|spot| Self::queue(*spot));
        let mut turns = Vec::with_capacity(spots.len());
        for spot in spots {
            let queue = &self.queues[Self::queue(spot)];
            let held = queue.turn.lock().await;
            turns.push(self.taken_by(queue, held, spot));
        }
        turns
    }

    fn taken_by<'a>(
        &'a self,
        queue: &Queue,
        held: MutexGuard<'a, ()>,
        Spot(record): Spot,
    ) -> Turn<'a> {
        queue.record.store(record, Ordering::Relaxed);
        Turn {
            _held: held,
            _counted: Counted::new(&self.taken),
        }
    }

    fn queue(Spot(record): Spot) -> usize {
        usize::try_from(record % QUEUES as u64).unwrap_or_default()
    }

    /// How many turns are taken.
    pub(crate) fn len(&self) -> usize {
        self.taken.get()
    }
}
