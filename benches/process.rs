//! What the system tells about a process.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Ticks per second of the times in `/proc/<pid>/stat`: a constant of Linux's interface.
const TICKS: u64 = 100;

/// The processor time a process has used so far, in user and in system mode.
///
/// # Errors
/// When there is no such process, or no such system.
pub(crate) fn cpu_time(process: u32) -> io::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    Ok(ticks(fields(&stat).skip(11).take(2)))
}

/// The processor time a process has used so far together with its children, those that have ended too.
///
/// # Errors
/// When there is no such process, or no such system.
pub(crate) fn cpu_time_of_family(process: u32) -> io::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // Its own time, and that of the children it has seen end.
    let mut time = ticks(fields(&stat).skip(11).take(4));
    let process = process.to_string();
    for entry in std::fs::read_dir("/proc")? {
        // What is no process, or has ended meanwhile, has nothing to tell.
        let Ok(stat) = std::fs::read_to_string(entry?.path().join("stat")) else {
            continue;
        };
        if fields(&stat).nth(1) == Some(&*process) {
            time += ticks(fields(&stat).skip(11).take(2));
        }
    }
    Ok(time)
}

/// The processor time of all processes together.
///
/// # Errors
/// When there is no such system.
pub(crate) fn cpu_time_of_all() -> io::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    // The first line: user, nice, system, and others that are no process's.
    let fields = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_ascii_whitespace();
    Ok(ticks(fields.skip(1).take(3)))
}

/// The memory that a process has in use, in MiB: its resident set.
///
/// # Errors
/// When there is no such process, or no such system.
pub(crate) fn resident(process: u32) -> io::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| {
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse::<f64>()
            .ok()
    });
    kib.map(|kib| kib / 1024.0)
        .ok_or_else(|| io::Error::other("the system does not tell how much memory is in use"))
}

/// Lets this process, and those it starts, have as many files and sockets open as the system allows it to.
pub(crate) fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // Where it is refused, the row that needs more says so.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// The fields behind the name, which is in parentheses and may hold anything.
fn fields(stat: &str) -> impl Iterator<Item = &str> {
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_ascii_whitespace()
}

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Duration {
    let ticks: u64 = fields.flat_map(str::parse::<u64>).sum();
    Duration::from_millis(ticks * 1_000 / TICKS)
}
