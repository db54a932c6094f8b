//! Keeps the log and the ledger as short as they shall be, in steps so small that no commit waits long.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::commit::Grown;
use super::rows::integer;
use super::{ledger, log, meta};
use crate::store::StoreError;
use crate::store::sql::keep::{Bounds, Doomed, Keep, Size};

/// After so many commits, or so many bytes of both, there is a step.
const DUE: usize = 1_000;
const DUE_BYTES: u64 = 16 << 20;

/// A step removes at least so many of the oldest, if there are so many to remove.
const STEP: usize = 500;

/// But it stops after about so many changes or bytes, since an entry may have many.
const MOST_CHANGES: u64 = 5_000;
const MOST_BYTES: u64 = 2 * DUE_BYTES;

/// How often SQLite may look at its indexes.
const OPTIMIZE: Duration = Duration::from_secs(60 * 60);

/// The entries of how long both are.
const LOG_SIZE: &str = "log_size";
const LEDGER_SIZE: &str = "ledger_size";

pub(super) struct Upkeep {
    keep: Keep,
    /// About how long the log is, once that is known.
    bytes: Option<u64>,
    /// Commits since the last step, and what they have added to both.
    commits: usize,
    grown: u64,
    behind: bool,
    optimized: Instant,
}

impl Upkeep {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            keep,
            bytes: None,
            commits: 0,
            grown: 0,
            behind: false,
            optimized: Instant::now(),
        }
    }

    /// Notes what was written.
    pub(super) fn wrote(&mut self, commits: usize, grown: Grown) {
        self.commits += commits;
        self.grown += grown.both();
        self.bytes = self.bytes.map(|before| before + grown.log);
    }

    /// Whether it is time for a step, even though commits may wait.
    pub(super) fn is_due(&self) -> bool {
        self.commits >= DUE || self.grown >= DUE_BYTES
    }

    /// Whether there is more to remove.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Removes the oldest of what is kept too long.
    pub(super) fn step(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        self.behind = false;
        if !connection.table_exists(None, "sockful_log")? {
            return Ok(());
        }
        let bytes = match self.bytes {
            Some(bytes) => bytes,
            None => log_size(connection)?,
        };
        self.bytes = Some(bytes);
        // More than has come since the last step, so that both do get shorter.
        let most = STEP.max(2 * self.commits);
        let wrote = self.commits > 0;
        (self.commits, self.grown) = (0, 0);

        let now = jiff::Timestamp::now().as_microsecond();
        let (ledger, ahead) = ledger_size(connection, now)?;
        let (entries, to) = entries(connection, self.keep.log.doomed(bytes, now), most)?;
        let answers = answers(connection, self.keep.answers, (ledger.bytes, now), most)?;
        if wrote || to > 0 || answers.doomed.count > 0 {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction
                .prepare_cached("DELETE FROM sockful_log WHERE pos <= ?1")?
                .execute([to])?;
            transaction
                .prepare_cached(
                    "DELETE FROM sockful_ledger WHERE (user, op) IN \
                     (SELECT user, op FROM sockful_ledger ORDER BY at, user, op LIMIT ?1)",
                )?
                .execute([integer(answers.doomed.count)])?;
            let left = Size {
                bytes: entries.doomed.left,
                to: integer(log::last(&transaction)?),
            };
            meta::set(&transaction, LOG_SIZE, &left.to_string())?;
            let left = Size {
                bytes: answers.doomed.left.saturating_sub(ahead),
                ..ledger
            };
            meta::set(&transaction, LEDGER_SIZE, &left.to_string())?;
            transaction.commit()?;
            self.bytes = Some(entries.doomed.left);
            self.behind = entries.stopped || answers.stopped;
        }
        if self.optimized.elapsed() > OPTIMIZE {
            self.optimized = Instant::now();
            connection.execute_batch("PRAGMA optimize")?;
        }
        Ok(())
    }
}

/// How long the log is: what was noted by the last step, and what was written after it.
fn log_size(connection: &Connection) -> Result<u64, StoreError> {
    let noted = Size::noted(meta::get(connection, LOG_SIZE)?.as_deref());
    let text = format!(
        "SELECT total({}) FROM sockful_log WHERE pos > ?1",
        log::SIZE
    );
    let more: f64 = connection.query_row(&text, [noted.to], |row| row.get(0))?;
    Ok(noted.bytes + whole(more))
}

/// The same for the ledger, by the clock, and how much of it is of a clock that was ahead: that is counted each time, and
/// never noted. Where the clock has gone back since the last note, everything is counted anew.
fn ledger_size(connection: &Connection, now: i64) -> Result<(Size, u64), StoreError> {
    let noted = Size::noted(meta::get(connection, LEDGER_SIZE)?.as_deref()).until(now);
    let size = ledger::SIZE;
    let text = format!(
        "SELECT total({size}), total({size}) FILTER (WHERE at > ?2), \
         coalesce(max(at) FILTER (WHERE at <= ?2), ?1) FROM sockful_ledger WHERE at > ?1"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let (more, ahead, to): (f64, f64, i64) = statement.query_row([noted.to, now], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    let size = Size {
        bytes: noted.bytes + whole(more),
        to,
    };
    Ok((size, whole(ahead)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of sizes, which needs not be exact"
)]
fn whole(size: f64) -> u64 {
    size as u64
}

/// The oldest of what is kept, which are to go.
struct Going {
    doomed: Doomed,
    /// Whether there may be more of them.
    stopped: bool,
}

/// Counts the oldest entries of the log that are to go; the position of the last of them.
fn entries(
    connection: &Connection,
    doomed: Doomed,
    most: usize,
) -> Result<(Going, i64), StoreError> {
    // The newest is never among them: it is where positions go on.
    let text = format!(
        "SELECT pos, max(at), sum({}), count(*) FROM sockful_log \
         WHERE pos < (SELECT max(pos) FROM sockful_log) GROUP BY pos ORDER BY pos LIMIT ?1",
        log::SIZE
    );
    let mut statement = connection.prepare_cached(&text)?;
    let mut rows = statement.query([limit(most)])?;
    let before = doomed.left;
    let mut entries = Going {
        doomed,
        stopped: false,
    };
    let (mut to, mut changes) = (0, 0);
    while let Some(row) = rows.next()? {
        let (pos, at, size): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if !entries.doomed.take(at, size.unsigned_abs()) {
            break;
        }
        to = pos;
        changes += row.get::<_, i64>(3)?.unsigned_abs();
        entries.stopped = entries.doomed.count == most as u64
            || changes >= MOST_CHANGES
            || before.saturating_sub(entries.doomed.left) >= MOST_BYTES;
        if entries.stopped {
            break;
        }
    }
    Ok((entries, to))
}

/// Counts the oldest answers that are to go.
fn answers(
    connection: &Connection,
    bounds: Bounds,
    (bytes, now): (u64, i64),
    most: usize,
) -> Result<Going, StoreError> {
    let text = format!(
        "SELECT at, {} FROM sockful_ledger ORDER BY at, user, op LIMIT ?1",
        ledger::SIZE
    );
    let mut statement = connection.prepare_cached(&text)?;
    let mut rows = statement.query([limit(most)])?;
    let mut answers = Going {
        doomed: bounds.doomed(bytes, now),
        stopped: false,
    };
    while let Some(row) = rows.next()? {
        let (at, size): (i64, i64) = (row.get(0)?, row.get(1)?);
        if !answers.doomed.take(at, size.unsigned_abs()) {
            return Ok(answers);
        }
        let gone = bytes.saturating_sub(answers.doomed.left);
        answers.stopped = answers.doomed.count == most as u64 || gone >= MOST_BYTES;
        if answers.stopped {
            return Ok(answers);
        }
    }
    // None stays, so none has a size, however it was counted.
    answers.doomed.left = 0;
    Ok(answers)
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
