//! The mark of a store that answers commits before they are on the disk. It stands in the database from the start of the
//! store to its end: whoever finds it at a start knows that what was acknowledged may be lost, and that positions may be
//! given a second time.
//!
//! One mark is kept, that of the store that was opened last: who writes to one file from several processes at once, and
//! ends the last of them first, is not told of what the others lose.

use rusqlite::Connection;

use super::connection::synced;
use super::meta;
use crate::store::StoreError;
use crate::store::sql::meta::{META, RELAXED};

/// Names one store, from its start to its end.
pub(super) type Mark = std::sync::Arc<str>;

/// Begins another life of the log if a mark is there, and puts that of this store in its place.
pub(super) fn begin(connection: &Connection, mark: Option<&Mark>) -> Result<(), StoreError> {
    if meta::get(connection, RELAXED)?.is_some() {
        tracing::warn!(
            "the database was not closed by the last store with `Durability::Relaxed`, and may have lost what that \
             has acknowledged: its log begins another life"
        );
        meta::renew_epoch(connection)?;
        meta::remove(connection, RELAXED, None)?;
    }
    match mark {
        Some(mark) => meta::set(connection, RELAXED, mark),
        None => Ok(()),
    }
}

/// Takes the mark of this store away, once everything is on the disk.
pub(super) fn end(connection: &mut Connection, mark: &Mark) -> Result<(), StoreError> {
    if !connection.table_exists(None, META)? {
        return Ok(());
    }
    // What is written to the write-ahead log is synced with all that was written before it.
    synced(connection, |connection| {
        meta::remove(connection, RELAXED, Some(mark))
    })
}
