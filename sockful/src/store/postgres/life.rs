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

use super::connection::{Link, Target};
use super::error::{Error, is_lost, told};
use super::meta;
use crate::store::sql::meta::{EPOCH, RELAXED, new_epoch};
use crate::store::{Durability, StoreError};

/// The entry of where the tables are.
const PLACE: &str = "place";

/// In a transaction: it is on the disk when it is committed.
pub(super) const SYNCED: &str = "SELECT set_config('synchronous_commit', 'on', TRUE) \
     WHERE current_setting('synchronous_commit') = 'off'";

/// What tells one life of the log from another.
pub(super) struct Life {
    server: String,
    relaxed: bool,
}

impl Life {
    /// Asks the server who it is. Not in a transaction, which a question that the server refuses would end.
    pub(super) async fn of(link: &Link, target: &Target) -> Result<Self, StoreError> {
        let system = "SELECT system_identifier::text FROM pg_control_system()";
        let timeline = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)";
        let system = fact(link, system).await?;
        let timeline = fact(link, timeline).await?;
        Ok(Self {
            server: format!("{system} {timeline}"),
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
        let place = format!("{} {table}", self.server);
        let noted = meta::get(link, PLACE).await?;
        let moved = noted.as_ref().is_some_and(|noted| *noted != place);
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

/// What the server says of itself; a word for nothing where it does not tell.
async fn fact(link: &Link, text: &str) -> Result<String, StoreError> {
    let unknown = |error: Error| {
        if is_lost(&error) {
            return Err(error.into());
        }
        tracing::warn!(
            error = told(&error),
            "the server does not tell whether it is the same as before: see `renew_epoch`"
        );
        Ok("unknown".to_owned())
    };
    match link.rows(text, Vec::new()).await {
        Ok(rows) => match rows.first().map(|row| row.try_get(0)) {
            Some(Ok(fact)) => Ok(fact),
            Some(Err(error)) => unknown(error),
            None => Ok("unknown".to_owned()),
        },
        Err(error) => unknown(error),
    }
}
