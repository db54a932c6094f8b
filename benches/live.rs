//! Changes, and those who are told of them: thousands of sockets that watch, connections that do nothing, streams within one process.

mod crowd;
mod idle;
mod streams;
mod words;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::side::Side;
use crate::window::Report;

/// What is measured.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Task {
    /// So many sockets watch, each one of so many queries. One record is changed after the other, of each query in turn; each
    /// change is made when all who watch it have been told of the one before.
    Updates { watchers: usize, queries: usize },
    /// So many sockets watch one query, and so many records that match are made in one transaction; then the next.
    Batch { watchers: usize, records: usize },
    /// So many connections that do nothing, each of which watches so many queries of its own.
    Idle { sockets: usize, watches: usize },
    /// One record is made after the other, and matches one of many streams.
    Routing,
    /// Streams of one query, as many as there are, are dropped one after the other.
    Dropping,
}

impl Task {
    /// What is counted.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Updates { .. } | Self::Batch { .. } => "push",
            Self::Idle { .. } => "connection",
            Self::Routing => "create",
            Self::Dropping => "drop",
        }
    }
}

/// What the driver asks of such a process.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Plan {
    pub(crate) side: Side,
    pub(crate) task: Task,
    /// The server and its process, where it is not this process.
    pub(crate) server: Option<(SocketAddr, u32)>,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

impl Plan {
    /// The server and its process.
    fn server(&self) -> io::Result<(SocketAddr, u32)> {
        self.server
            .ok_or_else(|| io::Error::other("there is no server"))
    }
}

/// Carries out a plan.
///
/// # Errors
/// What went wrong on a connection, or the first answer or push that is not what it must be.
pub(crate) async fn run(plan: Plan) -> io::Result<Report> {
    match plan.task {
        Task::Updates { watchers, queries } => crowd::updates(&plan, watchers, queries).await,
        Task::Batch { watchers, records } => crowd::batches(&plan, watchers, records).await,
        Task::Idle { sockets, watches } => idle::run(&plan, sockets, watches).await,
        Task::Routing => streams::route(&plan).await,
        Task::Dropping => streams::drop_all(&plan).await,
    }
}
