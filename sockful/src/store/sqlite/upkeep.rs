//! Keeps the log and the ledger as short as they shall be, in steps so small that no commit waits long.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};

use super::rows::integer;
use super::{log, meta};
use crate::store::StoreError;

/// How long what is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keep {
    /// Entries of the log.
    pub(super) age: Duration,
    /// All entries of the log together.
    pub(super) bytes: u64,
    /// Answers of operations.
    pub(super) answers: Duration,
}

/// After so many commits there is a step.
const DUE: usize = 1_000;

/// A step removes at least so many entries, if there are so many to remove.
const STEP: usize = 500;

/// But it stops after about so many changes, since an entry may have many.
const MOST_CHANGES: u64 = 5_000;

/// How often SQLite may look at its indexes.
const OPTIMIZE: Duration = Duration::from_secs(60 * 60);

pub(super) struct Upkeep {
    keep: Keep,
    /// About how long the log is, once that is known.
    bytes: Option<u64>,
    /// Commits since the last step.
    commits: usize,
    behind: bool,
    optimized: Instant,
}

impl Upkeep {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            keep,
            bytes: None,
            commits: 0,
            behind: false,
            optimized: Instant::now(),
        }
    }

    /// Notes what was written.
    pub(super) fn wrote(&mut self, commits: usize, bytes: u64) {
        self.commits += commits;
        self.bytes = self.bytes.map(|before| before + bytes);
    }

    /// Whether it is time for a step, even though commits may wait.
    pub(super) fn is_due(&self) -> bool {
        self.commits >= DUE
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
            None => measure(connection)?,
        };
        self.bytes = Some(bytes);
        // More than has come since the last step, so that the log does get shorter.
        let most = STEP.max(2 * self.commits);
        let wrote = std::mem::take(&mut self.commits) > 0;
        let now = jiff::Timestamp::now().as_microsecond();
        let old =
            |age: Duration| now.saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX));

        let doomed = doomed(connection, bytes, old(self.keep.age), self.keep.bytes, most)?;
        let expired = expired(connection, old(self.keep.answers))?;
        if wrote || doomed.entries > 0 || expired {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction
                .prepare_cached("DELETE FROM sockful_log WHERE pos <= ?1")?
                .execute([integer(doomed.to)])?;
            let answers = transaction
                .prepare_cached(
                    "DELETE FROM sockful_ledger WHERE (user, op) IN \
                     (SELECT user, op FROM sockful_ledger WHERE at < ?1 ORDER BY at LIMIT ?2)",
                )?
                .execute((
                    old(self.keep.answers),
                    i64::try_from(most).unwrap_or(i64::MAX),
                ))?;
            let left = bytes.saturating_sub(doomed.bytes);
            let last = log::last(&transaction)?;
            meta::set(&transaction, "log_size", &format!("{left} {last}"))?;
            transaction.commit()?;
            self.bytes = Some(left);
            self.behind = doomed.stopped || answers == most;
        }
        if self.optimized.elapsed() > OPTIMIZE {
            self.optimized = Instant::now();
            connection.execute_batch("PRAGMA optimize")?;
        }
        Ok(())
    }
}

/// How long the log is: what was noted by the last step, and what was written after it.
fn measure(connection: &Connection) -> Result<u64, StoreError> {
    let noted = meta::get(connection, "log_size")?;
    let noted = noted.as_deref().and_then(|text| text.split_once(' '));
    let noted = noted.and_then(|(bytes, to)| Some((bytes.parse().ok()?, to.parse().ok()?)));
    let (bytes, to): (u64, i64) = noted.unwrap_or((0, 0));
    let text = format!(
        "SELECT total({}) FROM sockful_log WHERE pos > ?1",
        log::SIZE
    );
    let more: f64 = connection.query_row(&text, [to], |row| row.get(0))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of sizes, which needs not be exact"
    )]
    Ok(bytes + more as u64)
}

/// The oldest entries of the log, which are to go.
#[derive(Default)]
struct Doomed {
    to: u64,
    entries: usize,
    bytes: u64,
    /// Whether there may be more of them.
    stopped: bool,
}

fn doomed(
    connection: &Connection,
    bytes: u64,
    old: i64,
    limit: u64,
    most: usize,
) -> Result<Doomed, StoreError> {
    // The newest is never among them: it is where positions go on.
    let text = format!(
        "SELECT pos, max(at), sum({}), count(*) FROM sockful_log \
         WHERE pos < (SELECT max(pos) FROM sockful_log) GROUP BY pos ORDER BY pos LIMIT ?1",
        log::SIZE
    );
    let mut statement = connection.prepare_cached(&text)?;
    let mut rows = statement.query([i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut doomed = Doomed::default();
    let mut changes = 0;
    while let Some(row) = rows.next()? {
        let (pos, at, size): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if at >= old && bytes.saturating_sub(doomed.bytes) <= limit {
            break;
        }
        doomed.to = pos.unsigned_abs();
        doomed.entries += 1;
        doomed.bytes += size.unsigned_abs();
        changes += row.get::<_, i64>(3)?.unsigned_abs();
        doomed.stopped = doomed.entries == most || changes >= MOST_CHANGES;
        if doomed.stopped {
            break;
        }
    }
    Ok(doomed)
}

/// Whether any answer has been kept long enough.
fn expired(connection: &Connection, old: i64) -> Result<bool, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT 1 FROM sockful_ledger WHERE at < ?1 LIMIT 1")?;
    Ok(statement.exists([old])?)
}
