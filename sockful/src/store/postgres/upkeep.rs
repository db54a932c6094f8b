//! Keeps the log and the ledger as short as they shall be, on a connection of its own and in small steps, so that
//! nobody waits for it. Of several nodes one does it at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::connection::{Link, Role, Target};
use super::rows::{integer, moment, position};
use super::writer::Written;
use super::{log, meta};
use crate::row::Value;
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
pub(super) const DUE: u64 = 1_000;

/// A step removes at least so many entries, if there are so many to remove.
const STEP: u64 = 500;

/// How long nothing happens before it is looked whether anything has become too old.
const QUIET: Duration = Duration::from_secs(60);

/// 0000-01-01T00:00:00Z: nothing is older.
const EARLIEST: i64 = -62_167_219_200_000_000;

pub(super) struct Upkeep {
    pub(super) target: Target,
    pub(super) keep: Keep,
    /// The key of the lock that one node has at a time.
    pub(super) lock: i64,
    pub(super) written: Arc<Written>,
}

impl Upkeep {
    /// Works until it is dropped.
    pub(super) async fn run(self) {
        let mut link = None;
        let mut commits = 0;
        loop {
            tokio::select! {
                () = self.written.due.notified() => {}
                () = tokio::time::sleep(QUIET) => {}
            }
            loop {
                let known: Link = match link.take().filter(|link: &Link| !link.is_gone()) {
                    Some(link) => link,
                    None => self.target.reconnect(Role::Writes).await,
                };
                let now = self.written.commits.load(Ordering::Relaxed);
                // More than has come since the last step, so that the log does get shorter.
                let most = STEP.max(2 * (now - commits));
                commits = now;
                match self.step(&known, most).await {
                    Ok(behind) => {
                        link = Some(known);
                        if !behind {
                            break;
                        }
                    }
                    Err(error) => {
                        // With the connection ends whatever was begun.
                        tracing::warn!(%error, "the log of the store could not be shortened");
                        break;
                    }
                }
            }
        }
    }

    /// Removes the oldest of what is kept too long. Answers whether there is more.
    async fn step(&self, link: &Link, most: u64) -> Result<bool, StoreError> {
        link.execute("BEGIN").await?;
        let text = "SELECT pg_try_advisory_xact_lock($1), clock_timestamp()";
        let row = link.one(text, vec![Box::new(self.lock)]).await?;
        if !row.try_get::<_, bool>(0)? {
            link.execute("ROLLBACK").await?;
            return Ok(false);
        }
        let now = moment(&row, 1)?;
        let old = |age: Duration| {
            let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
            now.saturating_sub(age).max(EARLIEST)
        };
        let (bytes, last) = measure(link).await?;
        let doomed = self
            .doomed(link, bytes, old(self.keep.age), last, most)
            .await?;
        let text = "DELETE FROM sockful_log WHERE pos <= $1";
        link.rows(text, vec![Box::new(integer(doomed.to))]).await?;
        let text = "DELETE FROM sockful_ledger WHERE ctid = ANY (ARRAY \
                    (SELECT ctid FROM sockful_ledger WHERE at < $1 ORDER BY at LIMIT $2)) RETURNING 1";
        let expired = Value::Time(old(self.keep.answers));
        let answers = link
            .rows(text, vec![Box::new(expired), Box::new(integer(most))])
            .await?;
        let left = bytes.saturating_sub(doomed.bytes);
        meta::set(link, "log_size", &format!("{left} {last}")).await?;
        link.execute("COMMIT").await?;
        Ok(doomed.entries == most || answers.len() as u64 == most)
    }

    async fn doomed(
        &self,
        link: &Link,
        bytes: u64,
        old: i64,
        last: u64,
        most: u64,
    ) -> Result<Doomed, StoreError> {
        // The newest is never among them: it is where positions go on.
        let text = format!(
            "SELECT pos, max(at), sum({})::bigint FROM sockful_log \
             WHERE pos < $1 GROUP BY pos ORDER BY pos LIMIT $2",
            log::SIZE
        );
        let rows = link
            .rows(
                &text,
                vec![Box::new(integer(last)), Box::new(integer(most))],
            )
            .await?;
        let mut doomed = Doomed::default();
        for row in &rows {
            let (pos, at, size) = (position(row, 0)?, moment(row, 1)?, position(row, 2)?);
            if at >= old && bytes.saturating_sub(doomed.bytes) <= self.keep.bytes {
                break;
            }
            doomed.to = pos;
            doomed.entries += 1;
            doomed.bytes += size;
        }
        Ok(doomed)
    }
}

/// The oldest entries of the log, which are to go.
#[derive(Default)]
struct Doomed {
    to: u64,
    entries: u64,
    bytes: u64,
}

/// How long the log is, up to which position: what was noted by the last step, and what was written after it.
async fn measure(link: &Link) -> Result<(u64, u64), StoreError> {
    let noted = meta::get(link, "log_size").await?;
    let noted = noted.as_deref().and_then(|text| text.split_once(' '));
    let noted = noted.and_then(|(bytes, to)| Some((bytes.parse().ok()?, to.parse().ok()?)));
    let (bytes, to): (u64, u64) = noted.unwrap_or((0, 0));
    let text = format!(
        "SELECT coalesce(sum({}), 0)::bigint, coalesce(max(pos), $1) FROM sockful_log WHERE pos > $1",
        log::SIZE
    );
    let row = link.one(&text, vec![Box::new(integer(to))]).await?;
    Ok((bytes + position(&row, 0)?, position(&row, 1)?))
}
