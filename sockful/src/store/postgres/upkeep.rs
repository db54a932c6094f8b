//! Keeps the log and the ledger as short as they shall be, on a connection of its own and in small steps, so that
//! nobody waits for it. Of several nodes one does it at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::connection::{Link, Role, Target};
use super::rows::{integer, position, time};
use super::writer::Written;
use super::{ledger, log, meta};
use crate::row::Value;
use crate::store::StoreError;
use crate::store::sql::keep::{Doomed, Keep, Size};

/// After so many commits there is a step.
pub(super) const DUE: u64 = 1_000;

/// A step removes at least so many entries, if there are so many to remove.
const STEP: u64 = 500;

/// How long nothing happens before it is looked whether anything has become too old.
const QUIET: Duration = Duration::from_secs(60);

/// The entries of how long both are.
const LOG_SIZE: &str = "log_size";
const LEDGER_SIZE: &str = "ledger_size";

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
                // More than has come since the last step, so that both do get shorter.
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
        let now = time(&row, 1)?;
        let log = log_size(link).await?;
        let (entries, to) =
            entries(link, self.keep.log.doomed(log.bytes, now), log.to, most).await?;
        let text = "DELETE FROM sockful_log WHERE pos <= $1";
        link.rows(text, vec![Box::new(to)]).await?;
        let left = Size {
            bytes: entries.left,
            ..log
        };
        meta::set(link, LOG_SIZE, &left.to_string()).await?;

        let (ledger, ahead) = ledger_size(link, now).await?;
        let answers = answers(link, self.keep.answers.doomed(ledger.bytes, now), most).await?;
        let left = Size {
            bytes: answers.left.saturating_sub(ahead),
            ..ledger
        };
        meta::set(link, LEDGER_SIZE, &left.to_string()).await?;
        link.execute("COMMIT").await?;
        Ok(entries.count == most || answers.count == most)
    }
}

/// How long the log is, up to which position: what was noted by the last step, and what was written after it.
async fn log_size(link: &Link) -> Result<Size, StoreError> {
    let noted = Size::noted(meta::get(link, LOG_SIZE).await?.as_deref());
    let text = format!(
        "SELECT coalesce(sum({}), 0)::bigint, coalesce(max(pos), $1) FROM sockful_log WHERE pos > $1",
        log::SIZE
    );
    let row = link.one(&text, vec![Box::new(noted.to)]).await?;
    Ok(Size {
        bytes: noted.bytes + position(&row, 0)?,
        to: row.try_get(1)?,
    })
}

/// The same for the ledger, by the clock of the database, and how much of it is of a clock that was ahead: that is counted
/// each time, and never noted. Where the clock has gone back since the last note, everything is counted anew.
async fn ledger_size(link: &Link, now: i64) -> Result<(Size, u64), StoreError> {
    let noted = Size::noted(meta::get(link, LEDGER_SIZE).await?.as_deref()).until(now);
    let size = ledger::SIZE;
    let text = format!(
        "SELECT coalesce(sum({size}), 0)::bigint, coalesce(sum({size}) FILTER (WHERE at > $2), 0)::bigint, \
         coalesce(max(at) FILTER (WHERE at <= $2), $1) FROM sockful_ledger WHERE at > $1"
    );
    let times = [noted.to, now].map(|time| Box::new(Value::Time(time)) as _);
    let row = link.one(&text, times.into()).await?;
    let size = Size {
        bytes: noted.bytes + position(&row, 0)?,
        to: time(&row, 2)?,
    };
    Ok((size, position(&row, 1)?))
}

/// Counts the oldest entries of the log that are to go; the position of the last of them.
async fn entries(
    link: &Link,
    mut doomed: Doomed,
    last: i64,
    most: u64,
) -> Result<(Doomed, i64), StoreError> {
    let text = "SELECT pos, at FROM sockful_log ORDER BY pos, part LIMIT 1";
    let rows = link.rows(text, Vec::new()).await?;
    let mut to = 0;
    let Some(oldest) = rows.first() else {
        return Ok((doomed, to));
    };
    let first: i64 = oldest.try_get(0)?;
    if !doomed.has(time(oldest, 1)?) {
        return Ok((doomed, to));
    }
    // Positions have no holes. Both ends are told, as the database would read the whole log where it takes
    // commits for few because some of them were large.
    let text = format!(
        "SELECT pos, max(at), sum({})::bigint FROM sockful_log \
         WHERE pos >= $1 AND pos < $2 GROUP BY pos ORDER BY pos",
        log::SIZE
    );
    // The newest is never among them: it is where positions go on.
    let end = last.min(first.saturating_add(integer(most)));
    let rows = link
        .rows(&text, vec![Box::new(first), Box::new(end)])
        .await?;
    for row in &rows {
        if !doomed.take(time(row, 1)?, position(row, 2)?) {
            break;
        }
        to = row.try_get(0)?;
    }
    Ok((doomed, to))
}

/// Removes the oldest answers that are to go, and counts them.
async fn answers(link: &Link, mut doomed: Doomed, most: u64) -> Result<Doomed, StoreError> {
    let text = "SELECT at FROM sockful_ledger ORDER BY at LIMIT 1";
    let rows = link.rows(text, Vec::new()).await?;
    match rows.first() {
        Some(oldest) if doomed.has(time(oldest, 0)?) => {}
        Some(_) => return Ok(doomed),
        None => {
            // None is there, so none has a size, however it was counted.
            doomed.left = 0;
            return Ok(doomed);
        }
    }
    let text = format!(
        "SELECT at, ({})::bigint FROM sockful_ledger ORDER BY at LIMIT $1",
        ledger::SIZE
    );
    let rows = link.rows(&text, vec![Box::new(integer(most))]).await?;
    for row in &rows {
        if !doomed.take(time(row, 0)?, position(row, 1)?) {
            break;
        }
    }
    // Of those that were recorded at once any may go.
    let text = "DELETE FROM sockful_ledger WHERE ctid = ANY (ARRAY \
                (SELECT ctid FROM sockful_ledger ORDER BY at LIMIT $1))";
    link.rows(text, vec![Box::new(integer(doomed.count))])
        .await?;
    Ok(doomed)
}
