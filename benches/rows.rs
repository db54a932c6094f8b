//! The races: what is asked, of whom, and what the ratio must be.

mod live;
mod memory;
mod postgres;
mod sqlite;

use crate::live::Task;
use crate::load::Action;
use crate::side::Side;
use crate::stores::{Engine, Sync};
use crate::table::Budget;
use crate::window::Report;

/// One kind of load, and the figures it is judged by.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) part: Part,
    pub(crate) load: Load,
    pub(crate) figures: Vec<Figure>,
}

/// What can be asked for by one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Servers that keep everything in memory.
    Races,
    /// What lasts: stores, and servers on top of them.
    Stores,
    /// Changes that many are told of.
    Live,
}

/// What the sides of a row are given to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// Requests to a server, over sockets.
    Sockets {
        action: Action,
        sockets: usize,
        in_flight: usize,
    },
    /// Calls within one process.
    Calls {
        engine: Engine,
        action: Action,
        sync: Sync,
        in_flight: usize,
    },
    /// Changes, and those who are told of them.
    Live(Task),
}

impl Load {
    /// What one answer is to it.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Sockets { .. } | Self::Calls { .. } => "request",
            Self::Live(task) => task.unit(),
        }
    }
}

/// A figure of ours over the peer's.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) ours: Side,
    pub(crate) peer: Side,
    pub(crate) of: fn(&Report) -> f64,
    pub(crate) budget: Budget,
}

/// Every race, the budgets as the design states them.
pub(crate) fn all() -> impl Iterator<Item = Row> {
    let memory = memory::rows().into_iter();
    let stores = sqlite::rows().into_iter().chain(postgres::rows());
    memory.chain(stores).chain(live::rows())
}

impl Figure {
    fn rate(ours: Side, peer: Side, budget: Budget) -> Self {
        Self {
            name: "requests/s",
            ours,
            peer,
            of: |seen| seen.rate,
            budget,
        }
    }

    fn p50(ours: Side, peer: Side, budget: Budget) -> Self {
        Self {
            name: "p50 µs",
            ours,
            peer,
            of: |seen| seen.p50,
            budget,
        }
    }

    fn p99(ours: Side, peer: Side, budget: Budget) -> Self {
        Self {
            name: "p99 µs",
            ours,
            peer,
            of: |seen| seen.p99,
            budget,
        }
    }

    /// The processor time of the server, or of the process that calls.
    fn cpu(ours: Side, peer: Side) -> Self {
        Self {
            name: "CPU µs/request",
            ours,
            peer,
            of: |seen| seen.cpu,
            budget: Budget::Free,
        }
    }

    /// The processor time of the server of the database.
    fn database_cpu(ours: Side, peer: Side) -> Self {
        Self {
            name: "CPU µs/request of the database",
            ours,
            peer,
            of: |seen| seen.database_cpu,
            budget: Budget::Free,
        }
    }
}
