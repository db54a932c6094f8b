//! The time that counts, and what was seen in it.

use std::io;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::process;

/// What was seen while a plan was carried out.
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
    /// Microseconds of processor time per answer, of the process that answers.
    pub(crate) cpu: f64,
    /// The load's own share of one core, where it is a process of its own.
    pub(crate) load_cpu: f64,
    /// What every other process took, as a share of one core.
    pub(crate) other_cpu: f64,
}

/// When answers count.
pub(crate) struct Window {
    /// The process that answers.
    pub(crate) process: u32,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// What the system told of a window.
pub(crate) struct Seen {
    seconds: f64,
    server: f64,
    load: f64,
    all: f64,
}

impl Window {
    /// Lets the warm-up pass, then the time that counts. `counting` is told when that begins and ends.
    pub(crate) async fn watch(self, counting: impl Fn(bool)) -> io::Result<Seen> {
        tokio::time::sleep(self.warm_up).await;
        let own = std::process::id();
        let used = || -> io::Result<[Duration; 3]> {
            let load = if self.process == own {
                Duration::ZERO
            } else {
                process::cpu_time(own)?
            };
            Ok([
                process::cpu_time(self.process)?,
                load,
                process::cpu_time_of_all()?,
            ])
        };
        let before = used()?;
        let started = Instant::now();
        counting(true);
        tokio::time::sleep(self.measured).await;
        counting(false);
        let seconds = started.elapsed().as_secs_f64();
        let after = used()?;
        let [server, load, all] =
            std::array::from_fn(|index| after[index].saturating_sub(before[index]).as_secs_f64());
        Ok(Seen {
            seconds,
            server,
            load,
            all,
        })
    }
}

impl Seen {
    /// Puts it together with the latencies of all answers that counted, in nanoseconds.
    pub(crate) fn report(&self, latencies: &mut [u32]) -> io::Result<Report> {
        if latencies.is_empty() {
            return Err(io::Error::other("no answer arrived while it counted"));
        }
        latencies.sort_unstable();
        let answers = latencies.len();
        let at = |part: f64| f64::from(latencies[((answers - 1) as f64 * part) as usize]) / 1e3;
        Ok(Report {
            answers,
            rate: answers as f64 / self.seconds,
            p50: at(0.50),
            p99: at(0.99),
            cpu: self.server * 1e6 / answers as f64,
            load_cpu: self.load / self.seconds,
            other_cpu: (self.all - self.server - self.load).max(0.0) / self.seconds,
        })
    }
}
