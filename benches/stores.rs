//! Calls within one process: our app from Rust, our store alone, and the same by hand.
//!
//! Each measurement is a process of its own that keeps some calls in flight. It goes on with the database that the
//! one before it left on the same side. Every side begins with the same [`RECORDS`] records, in a database that our
//! store has made and filled.

mod folder;
mod keeper;
mod place;
mod postgres;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

pub(crate) use self::folder::Folder;
pub(crate) use self::keeper::Keeper;
pub(crate) use self::place::{Database, Engine, Place};
pub(crate) use self::postgres::Postgres;
use crate::Outcome;
use crate::load::Action;
use crate::side::Side;
use crate::window::{Report, Window};

/// How many records there are before anything is measured.
pub(crate) const RECORDS: usize = 100_000;

/// How many records a list asks for.
pub(crate) const PAGE: usize = 50;

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Sync {
    /// When the disk has it.
    Full,
    /// When the operating system has it.
    Relaxed,
}

/// What the driver asks of such a process.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Plan {
    pub(crate) side: Side,
    pub(crate) database: Database,
    pub(crate) sync: Sync,
    pub(crate) action: Action,
    pub(crate) in_flight: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// Ends after so many calls, whatever the time, and measures nothing else.
    pub(crate) answers: Option<usize>,
}

/// Carries out a plan.
///
/// # Errors
/// The first call that fails, or is answered with something else than what was asked.
pub(crate) async fn run(plan: Plan) -> Outcome<Report> {
    if !plan.database.is_there() {
        fill(&plan.database).await?;
    }
    let keeper = Keeper::open(plan.side, &plan.database, plan.sync).await?;
    let calls = Arc::new(Calls {
        keeper,
        action: plan.action,
        most: plan.answers.unwrap_or(usize::MAX),
        turn: AtomicUsize::new(0),
        counting: AtomicBool::new(false),
        ended: AtomicBool::new(false),
    });
    calls.call().await?;

    let mut callers = JoinSet::new();
    for _ in 0..plan.in_flight {
        callers.spawn(Arc::clone(&calls).repeat());
    }
    if plan.answers.is_some() {
        for ended in callers.join_all().await {
            ended?;
        }
        return Ok(Report {
            answers: calls.turn.load(Ordering::Relaxed),
            ..Report::default()
        });
    }
    let window = Window {
        process: std::process::id(),
        database: plan.database.server(),
        warm_up: plan.warm_up,
        measured: plan.measured,
    };
    let seen = window
        .watch(|counting| calls.counting.store(counting, Ordering::Relaxed))
        .await?;
    calls.ended.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    for seen in callers.join_all().await {
        latencies.extend(seen?);
    }
    Ok(seen.report(&mut latencies, 1)?)
}

/// Makes what every side begins with.
///
/// # Errors
/// When the store cannot be opened, or does not take it.
pub(crate) async fn fill(database: &Database) -> Outcome {
    keeper::fill(database, RECORDS).await
}

/// The id of one of the records that are there from the beginning. As text they come in the order of their numbers.
pub(crate) fn id(turn: usize) -> String {
    format!("c{turn:07}")
}

/// One call after the other.
struct Calls {
    keeper: Keeper,
    action: Action,
    /// So many calls are begun, and then no more.
    most: usize,
    /// Counts the calls of all callers.
    turn: AtomicUsize,
    counting: AtomicBool,
    ended: AtomicBool,
}

impl Calls {
    /// Calls until it has ended; answers how many nanoseconds each call took that counts.
    async fn repeat(self: Arc<Self>) -> io::Result<Vec<u32>> {
        let mut latencies = Vec::with_capacity(1 << 16);
        while !self.ended.load(Ordering::Relaxed) && self.turn.load(Ordering::Relaxed) < self.most {
            let began = Instant::now();
            self.call().await?;
            if self.counting.load(Ordering::Relaxed) {
                let latency = began.elapsed().as_nanos();
                latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
            }
        }
        Ok(latencies)
    }

    async fn call(&self) -> io::Result<()> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        // Far from each other, so that no two callers want one record.
        let known = turn.wrapping_mul(7_919) % RECORDS;
        match self.action {
            Action::Create => self.keeper.create(new_id(turn)).await,
            Action::CreateOnce => {
                let id = new_id(turn);
                let operation = format!("{id}-operation-of-usual-length");
                self.keeper.create_once(id, operation).await
            }
            Action::Update => {
                // Not what the process before has written: to write that again would be no change.
                let hunger = turn.wrapping_add(std::process::id() as usize) as u8;
                self.keeper.update(id(known), hunger).await
            }
            Action::Get => self.keeper.get(id(known)).await,
            Action::List => self.keeper.list(id(known % (RECORDS - PAGE))).await,
            Action::Feed => Err(io::Error::other("stores know no methods")),
            Action::Tree => Err(io::Error::other("stores know no trees")),
        }
    }
}

/// An id that no process before had.
fn new_id(turn: usize) -> String {
    format!("s{:07}-{turn}", std::process::id())
}
