//! What the system tells about a process.

use std::io;
use std::time::Duration;

/// Ticks per second of the times in `/proc/<pid>/stat`: a constant of Linux's interface.
const TICKS: u64 = 100;

/// The processor time a process has used so far, in user and in system mode.
///
/// # Errors
/// When there is no such process, or no such system.
pub(crate) fn cpu_time(process: u32) -> io::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, may hold anything: the fields are counted from behind it.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    Ok(ticks(fields.split_ascii_whitespace().skip(11).take(2)))
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

/// The memory that this process has in use, in MiB: its resident set.
///
/// # Errors
/// When there is no such system.
pub(crate) fn resident() -> io::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
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

fn ticks<'a>(fields: impl Iterator<Item = &'a str>) -> Duration {
    let ticks: u64 = fields.flat_map(str::parse::<u64>).sum();
    Duration::from_millis(ticks * 1_000 / TICKS)
}
