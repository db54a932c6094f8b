//! What the simulation and its clients tell each other: they share a thread, not a clock.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;

use tokio::time::Duration;

/// How much of what happened is told when a run fails.
const TOLD: usize = 1_000;

/// What everybody does at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Whatever they want.
    #[default]
    Acting,
    /// Nothing new, but what was begun is brought to an end.
    Settling,
    /// They compare what they have with what the server has, once for each number.
    Comparing(usize),
}

/// One run, as all who take part in it see it.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) phase: Cell<Phase>,
    /// What is wanted of each client, and what it says of itself.
    pub(super) places: Vec<Place>,
    told: RefCell<VecDeque<String>>,
}

/// What concerns one client.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// It is to drop its connection.
    pub(super) cut: Cell<bool>,
    /// It is to read nothing for this long.
    pub(super) stall: Cell<Option<Duration>>,
    /// It is connected, and waits for nothing.
    pub(super) idle: Cell<bool>,
    /// How much it is told about, at least and at most: it may not know which of the records that are gone were destroyed.
    pub(super) follows: Cell<(usize, usize)>,
    /// How many comparisons it has made.
    pub(super) compared: Cell<usize>,
    /// How many requests it was answered, how many records it has compared, and how often it has connected.
    pub(super) answered: Cell<usize>,
    pub(super) records: Cell<usize>,
    pub(super) connected: Cell<usize>,
    /// How much of what it follows was replayed, and how often it had to begin anew.
    pub(super) replayed: Cell<usize>,
    pub(super) reset: Cell<usize>,
    /// How many records it held without watching, how many pushes came a second time, and how often it was told something that is
    /// no change.
    pub(super) held: Cell<usize>,
    pub(super) twice: Cell<usize>,
    pub(super) told: Cell<usize>,
}

impl Stage {
    pub(super) fn new(clients: usize) -> Self {
        Self {
            places: (0..clients).map(|_| Place::default()).collect(),
            ..Self::default()
        }
    }

    /// Remembers what has happened, for whoever wants to know why a run has failed.
    pub(super) fn tell(&self, what: String) {
        let mut told = self.told.borrow_mut();
        if told.len() == TOLD {
            told.pop_front();
        }
        told.push_back(what);
    }

    /// The last of what has happened.
    pub(super) fn story(&self) -> String {
        let told = self.told.borrow();
        told.iter().map(|line| format!("  {line}\n")).collect()
    }

    pub(super) fn all(&self, so: impl Fn(&Place) -> bool) -> bool {
        self.places.iter().all(so)
    }
}

/// Counts one more.
pub(super) fn count(cell: &Cell<usize>, more: usize) {
    cell.set(cell.get() + more);
}

/// What many runs came to: proof that they were about something.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub(super) runs: usize,
    pub(super) answered: usize,
    /// How many connections have ended.
    pub(super) cuts: usize,
    pub(super) compared: usize,
    pub(super) records: usize,
    pub(super) replayed: usize,
    pub(super) reset: usize,
    pub(super) held: usize,
    pub(super) twice: usize,
    pub(super) told: usize,
    pub(super) simulated: Duration,
}

impl Sum {
    /// What these came to together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            runs: self.runs + other.runs,
            answered: self.answered + other.answered,
            cuts: self.cuts + other.cuts,
            compared: self.compared + other.compared,
            records: self.records + other.records,
            replayed: self.replayed + other.replayed,
            reset: self.reset + other.reset,
            held: self.held + other.held,
            twice: self.twice + other.twice,
            told: self.told + other.told,
            simulated: self.simulated + other.simulated,
        }
    }

    pub(super) fn add(&mut self, stage: &Stage, simulated: Duration) {
        self.runs += 1;
        self.simulated += simulated;
        for place in &stage.places {
            self.answered += place.answered.get();
            self.cuts += place.connected.get() - 1;
            self.compared += place.compared.get();
            self.records += place.records.get();
            self.replayed += place.replayed.get();
            self.reset += place.reset.get();
            self.held += place.held.get();
            self.twice += place.twice.get();
            self.told += place.told.get();
        }
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} runs of {:.1} simulated seconds each: {} cuts, {} requests answered, {} comparisons of {} records, \
             {} of them held, {} replays, {} resets, {} pushes that came twice, {} messages",
            self.runs,
            self.simulated.as_secs_f64() / self.runs.max(1) as f64,
            self.cuts,
            self.answered,
            self.compared,
            self.records,
            self.held,
            self.replayed,
            self.reset,
            self.twice,
            self.told,
        )
    }
}
