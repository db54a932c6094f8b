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
    /// The same of the database, where that is a server.
    pub(crate) database_cpu: f64,
    /// The load's own share of one core, where it is a process of its own.
    pub(crate) load_cpu: f64,
    /// What every other process took, as a share of one core.
    pub(crate) other_cpu: f64,
    /// KiB of memory per connection, where that is what is measured.
    pub(crate) memory: f64,
}

/// When answers count.
pub(crate) struct Window {
    /// The process that answers.
    pub(crate) process: u32,
    /// The server of the database, if it has one.
    pub(crate) database: Option<u32>,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// A moment, and the processor times up to it.
pub(crate) struct Mark {
    at: Instant,
    used: [Duration; 4],
}

impl Mark {
    pub(crate) fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }
}

/// What the system told of a window.
pub(crate) struct Seen {
    seconds: f64,
    server: f64,
    load: f64,
    database: f64,
    all: f64,
}

impl Window {
    /// Lets the warm-up pass, then the time that counts. `counting` is told when that begins and ends.
    pub(crate) async fn watch(self, counting: impl Fn(bool)) -> io::Result<Seen> {
        tokio::time::sleep(self.warm_up).await;
        let mark = self.mark()?;
        counting(true);
        tokio::time::sleep(self.measured).await;
        counting(false);
        self.since(&mark)
    }

    /// What the system tells now.
    pub(crate) fn mark(&self) -> io::Result<Mark> {
        Ok(Mark {
            used: self.used()?,
            at: Instant::now(),
        })
    }

    /// What it told of the time from then to now.
    pub(crate) fn since(&self, mark: &Mark) -> io::Result<Seen> {
        let seconds = mark.at.elapsed().as_secs_f64();
        let used = self.used()?;
        let [server, load, database, all] =
            std::array::from_fn(|index| used[index].saturating_sub(mark.used[index]).as_secs_f64());
        Ok(Seen {
            seconds,
            server,
            load,
            database,
            all,
        })
    }

    fn used(&self) -> io::Result<[Duration; 4]> {
        let own = std::process::id();
        let load = if self.process == own {
            Duration::ZERO
        } else {
            process::cpu_time(own)?
        };
        Ok([
            process::cpu_time(self.process)?,
            load,
            self.database
                .map_or(Ok(Duration::ZERO), process::cpu_time_of_family)?,
            process::cpu_time_of_all()?,
        ])
    }
}

impl Seen {
    /// Puts it together with the latencies of all that counted, in nanoseconds. Each is that of so many answers together.
    pub(crate) fn report<T: Copy + Into<u64> + Ord>(
        &self,
        latencies: &mut [T],
        each: usize,
    ) -> io::Result<Report> {
        if latencies.is_empty() {
            return Err(io::Error::other("no answer arrived while it counted"));
        }
        latencies.sort_unstable();
        let most = latencies.len() - 1;
        let at = |part: f64| latencies[(most as f64 * part) as usize].into() as f64 / 1e3;
        let answers = latencies.len() * each;
        Ok(Report {
            answers,
            rate: answers as f64 / self.seconds,
            p50: at(0.50),
            p99: at(0.99),
            cpu: self.server * 1e6 / answers as f64,
            database_cpu: self.database * 1e6 / answers as f64,
            load_cpu: self.load / self.seconds,
            other_cpu: (self.all - self.server - self.load - self.database).max(0.0) / self.seconds,
            memory: 0.0,
        })
    }
}
