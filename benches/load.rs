//! The load: sockets that each keep some requests in flight, in a process of its own.
//!
//! A closed loop: every answer is checked and followed by the next request, and answers that arrive together are
//! followed together. All sockets share one thread, and only what arrives between the end of the warm-up and the
//! end of the measurement counts.

mod wire;
mod work;

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use self::wire::Wire;
use self::work::Work;
pub(crate) use self::work::{Action, Dialect};
use crate::process;

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

/// What was seen while the plan was carried out.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Report {
    /// How many answers were counted.
    pub(crate) answers: usize,
    /// Answers per second.
    pub(crate) rate: f64,
    /// Microseconds from sending a request to reading its answer.
    pub(crate) p50: f64,
    /// The same, for all but one in a hundred.
    pub(crate) p99: f64,
    /// Microseconds of the server's processor time per answer.
    pub(crate) server_cpu: f64,
    /// The load's own share of one core.
    pub(crate) load_cpu: f64,
    /// What every other process took, as a share of one core.
    pub(crate) other_cpu: f64,
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
    if let Some(wire) = wires.first_mut() {
        for request in Work::seeds(plan.dialect) {
            wire.call(&request).await?;
        }
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
    tokio::time::sleep(plan.warm_up).await;
    let used = || -> io::Result<[Duration; 3]> {
        Ok([
            process::cpu_time(plan.process)?,
            process::cpu_time(std::process::id())?,
            process::cpu_time_of_all()?,
        ])
    };
    let before = used()?;
    let started = Instant::now();
    tally.counting.set(true);
    tokio::time::sleep(plan.measured).await;
    tally.counting.set(false);
    let elapsed = started.elapsed().as_secs_f64();
    let after = used()?;
    let [server, load, all] =
        std::array::from_fn(|index| after[index].saturating_sub(before[index]).as_secs_f64());

    let mut latencies = tally.latencies.borrow_mut();
    if latencies.is_empty() {
        return Err(io::Error::other("no answer arrived while it counted"));
    }
    latencies.sort_unstable();
    let answers = latencies.len();
    let at = |part: f64| f64::from(latencies[((answers - 1) as f64 * part) as usize]) / 1e3;
    Ok(Report {
        answers,
        rate: answers as f64 / elapsed,
        p50: at(0.50),
        p99: at(0.99),
        server_cpu: server * 1e6 / answers as f64,
        load_cpu: load / elapsed,
        other_cpu: (all - server - load).max(0.0) / elapsed,
    })
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
