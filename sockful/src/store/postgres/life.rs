//! Whether the database may have lost what was acknowledged: then its log begins another life. Asked at every start, and
//! whenever the connection that writes was made again.
//!
//! - Where commits are answered before they are on the disk, a crash of the server loses the last of them. The row of the
//!   unlogged table `sockful_life` tells: the server empties such tables when it comes back from a crash, also from one of
//!   a single of its processes, and does not when it was stopped in good order.
//! - A standby that took over begins another timeline; it may lack what the server before it had acknowledged.
//! - A dump that was restored is in another cluster, or in tables of another number.
//!
//! What is not seen: a copy of the files of a server that was stopped, and a dump whose rows were put into the tables that
//! were there.

use tokio_postgres::error::SqlState;

use super::connection::{Link, Target};
use super::error::told;
use super::meta;
use crate::store::sql::meta::{EPOCH, RELAXED, new_epoch};
use crate::store::{Durability, StoreError};

/// The entry of where the tables are.
const PLACE: &str = "place";

/// Stands in it for what the server has not told.
const UNKNOWN: &str = "unknown";

/// The errors of a server that will not tell, rather than cannot now.
const SILENT: [SqlState; 3] = [
    SqlState::INSUFFICIENT_PRIVILEGE,
    SqlState::UNDEFINED_FUNCTION,
    SqlState::FEATURE_NOT_SUPPORTED,
];

/// In a transaction: it is on the disk when it is committed.
pub(super) const SYNCED: &str = "SELECT set_config('synchronous_commit', 'on', TRUE) \
     WHERE current_setting('synchronous_commit') = 'off'";

/// What tells one life of the log from another.
pub(super) struct Life {
    system: Option<String>,
    timeline: Option<String>,
    relaxed: bool,
}

impl Life {
    /// Asks the server who it is. Not in a transaction, which a question that the server refuses would end.
    pub(super) async fn of(link: &Link, target: &Target) -> Result<Self, StoreError> {
        let system = "SELECT system_identifier::text FROM pg_control_system()";
        let timeline = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";
        Ok(Self {
            system: fact(link, system).await?,
            timeline: fact(link, timeline).await?,
            relaxed: target.durability == Durability::Relaxed,
        })
    }

    /// Renews the epoch if this is another life than the last that was noted, and notes it. In a transaction that only one
    /// node has at a time, and that is [`SYNCED`].
    pub(super) async fn note(&self, link: &Link) -> Result<(), StoreError> {
        let text =
            "SELECT 'sockful_meta'::regclass::oid::bigint, EXISTS (SELECT FROM sockful_life)";
        let row = link.one(text, Vec::new()).await?;
        let (table, kept): (i64, bool) = (row.try_get(0)?, row.try_get(1)?);
        let noted = meta::get(link, PLACE).await?;
        let known = [
            self.system.clone(),
            self.timeline.clone(),
            Some(table.to_string()),
        ];
        let (place, moved) = compared(noted.as_deref().unwrap_or_default(), known);
        let was_relaxed = meta::get(link, RELAXED).await?.is_some();
        let crashed = was_relaxed && !kept;
        if moved || crashed {
            let why = if moved {
                "a standby has taken over, or a dump was restored"
            } else {
                "the server of the database has crashed under `Durability::Relaxed`"
            };
            tracing::warn!(
                "{why}: what was acknowledged may be lost, and the log begins another life"
            );
            meta::set(link, EPOCH, &new_epoch()).await?;
        }
        if noted.is_none_or(|noted| noted != place) {
            meta::set(link, PLACE, &place).await?;
        }
        if self.relaxed {
            meta::set(link, RELAXED, "yes").await?;
            if !kept {
                let text = "INSERT INTO sockful_life (at) VALUES (clock_timestamp())";
                link.rows(text, Vec::new()).await?;
            }
        } else if crashed {
            // Those that are relaxed have lost their connections too, and note it again.
            meta::remove(link, RELAXED).await?;
        }
        Ok(())
    }

    /// The same in a transaction of its own: for a connection that was made again.
    pub(super) async fn note_again(&self, link: &Link, lock: i64) -> Result<(), StoreError> {
        link.execute("BEGIN").await?;
        let noted = async {
            let text = "SELECT pg_advisory_xact_lock($1)";
            link.rows(text, vec![Box::new(lock)]).await?;
            link.execute(SYNCED).await?;
            self.note(link).await
        };
        let end = match noted.await {
            Ok(()) => "COMMIT",
            Err(error) => {
                link.execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        Ok(link.execute(end).await?)
    }
}

/// The place to note, and whether it is another than the noted one. What is not known now stays as it was noted, and what
/// is not known of one of them tells nothing: nodes whose users have different rights share one database.
fn compared(noted: &str, known: [Option<String>; 3]) -> (String, bool) {
    let mut moved = false;
    let mut before = noted.split(' ');
    let place = known.map(|now| {
        let before = before.next().filter(|part| !matches!(*part, "" | UNKNOWN));
        moved |= matches!((before, &now), (Some(before), Some(now)) if before != now);
        now.unwrap_or_else(|| before.unwrap_or(UNKNOWN).to_owned())
    });
    (place.join(" "), moved)
}

/// What the server says of itself; `None` where it does not tell this user, or does not know the question.
async fn fact(link: &Link, text: &str) -> Result<Option<String>, StoreError> {
    match link.rows(text, Vec::new()).await {
        Ok(rows) => match rows.first() {
            Some(row) => Ok(row.try_get(0)?),
            None => Ok(None),
        },
        Err(error) if error.code().is_some_and(|code| SILENT.contains(code)) => {
            tracing::warn!(
                error = told(&error),
                "the server does not tell whether it is the same as before: see `renew_epoch`"
            );
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::compared;

    fn now(parts: [&str; 3]) -> [Option<String>; 3] {
        parts.map(|part| (!part.is_empty()).then(|| part.to_owned()))
    }

    #[test]
    fn what_is_not_known_is_no_other_place_and_replaces_nothing() {
        let same = |noted, parts, place: &str| {
            assert_eq!(compared(noted, now(parts)), (place.to_owned(), false));
        };
        same("", ["7", "1", "9"], "7 1 9");
        same("7 1 9", ["7", "1", "9"], "7 1 9");
        same("7 1 9", ["", "", "9"], "7 1 9");
        same("unknown unknown 9", ["7", "1", "9"], "7 1 9");
        same("unknown 1 9", ["", "1", "9"], "unknown 1 9");
    }

    #[test]
    fn one_part_that_is_known_to_differ_is_another_place() {
        let moved = |noted, parts, place: &str| {
            assert_eq!(compared(noted, now(parts)), (place.to_owned(), true));
        };
        moved("7 1 9", ["8", "1", "9"], "8 1 9");
        moved("7 1 9", ["", "2", "9"], "7 2 9");
        moved("7 unknown 9", ["", "1", "10"], "7 1 10");
    }
}
