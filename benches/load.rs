//! The load: sockets that each keep some requests in flight, in a process of its own.
//!
//! A closed loop: every answer is checked and followed by the next request, and answers that arrive together are
//! followed together. All sockets share one thread, and only what arrives between the end of the warm-up and the
//! end of the measurement counts.

mod tree;
mod wire;
mod work;

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub(crate) use self::wire::Wire;
pub(crate) use self::work::{Action, Dialect, Work};
use crate::window::{Report, Window};

/// What the driver asks of the load.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Plan {
    pub(crate) server: SocketAddr,
    /// The server's process, whose processor time is told.
    pub(crate) process: u32,
    pub(crate) dialect: Dialect,
    pub(crate) action: Action,
    pub(crate) sockets: usize,
    pub(crate) in_flight: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// Ends when so many answers have come, whatever the time, and measures nothing else.
    pub(crate) answers: Option<usize>,
}

/// Carries out a plan.
///
/// # Errors
/// What went wrong on a connection, or the first answer that is no success.
pub(crate) async fn run(plan: Plan) -> io::Result<Report> {
    let tally = Rc::new(Tally::default());
    let probe = Work::probe(plan.dialect);
    let mut wires = Vec::with_capacity(plan.sockets);
    for _ in 0..plan.sockets {
        let mut wire = Wire::connect(plan.server).await?;
        wire.await_handlers(&probe).await?;
        wires.push(wire);
    }
    for seeds in Work::seeds(plan.dialect, plan.action) {
        sow(&mut wires, &seeds).await?;
    }

    let mut sockets = tokio::task::JoinSet::new();
    let local = tokio::task::LocalSet::new();
    for (index, mut wire) in wires.into_iter().enumerate() {
        let mut work = Work::new(plan.dialect, plan.action, index);
        let answer = wire.call(work.request()).await?;
        work.verify(&answer)?;
        let socket = drive(wire, work, plan.in_flight, Rc::clone(&tally));
        sockets.spawn_local_on(socket, &local);
    }
    local
        .run_until(async {
            tokio::select! {
                Some(ended) = sockets.join_next() => Err(match ended? {
                    Err(error) => error,
                    Ok(never) => match never {},
                }),
                seen = measure(plan, &tally) => seen,
            }
        })
        .await
}

#[derive(Default)]
struct Tally {
    /// All answers, counting or not.
    answers: Cell<usize>,
    counting: Cell<bool>,
    /// Of the answers that count, in nanoseconds.
    latencies: RefCell<Vec<u32>>,
}

async fn measure(plan: Plan, tally: &Tally) -> io::Result<Report> {
    if let Some(asked) = plan.answers {
        while tally.answers.get() < asked {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        return Ok(Report {
            answers: tally.answers.get(),
            ..Report::default()
        });
    }
    tally.latencies.borrow_mut().reserve(1 << 22);
    let window = Window {
        database: None,
        process: plan.process,
        warm_up: plan.warm_up,
        measured: plan.measured,
    };
    let seen = window
        .watch(|counting| tally.counting.set(counting))
        .await?;
    seen.report(&mut tally.latencies.borrow_mut(), 1)
}

/// Makes records that a measurement starts with, all at once: where they last, each by itself would wait for the disk.
async fn sow(wires: &mut [Wire], seeds: &[String]) -> io::Result<()> {
    let share = seeds.len().div_ceil(wires.len());
    for (wire, seeds) in wires.iter_mut().zip(seeds.chunks(share)) {
        for seed in seeds {
            wire.send(0, seed);
        }
        wire.flush().await?;
    }
    for (wire, seeds) in wires.iter_mut().zip(seeds.chunks(share)) {
        for _ in seeds {
            // Where a server is slow, answers to earlier probes come first.
            while wire.next().await?.0 != 0 {}
        }
    }
    Ok(())
}

enum Never {}

/// Keeps `in_flight` requests on one socket. A request's place among them is its acknowledgement id.
async fn drive(
    mut wire: Wire,
    mut work: Work,
    in_flight: usize,
    tally: Rc<Tally>,
) -> io::Result<Never> {
    let mut sent = vec![Instant::now(); in_flight];
    for slot in 0..in_flight {
        wire.send(slot, work.request());
    }
    wire.flush().await?;
    loop {
        wire.fill().await?;
        let now = Instant::now();
        while let Some(answer) = wire.answer()? {
            let slot = answer.id;
            work.check(answer.arguments)?;
            tally.answers.set(tally.answers.get() + 1);
            if tally.counting.get() {
                let latency = now.duration_since(sent[slot]).as_nanos();
                tally
                    .latencies
                    .borrow_mut()
                    .push(u32::try_from(latency).unwrap_or(u32::MAX));
            }
            sent[slot] = now;
            wire.send(slot, work.request());
        }
        wire.flush().await?;
    }
}
