//! The mark of a store that answers commits before they are on the disk. It stands in the database from the start of the
//! store to its end: whoever finds it at a start knows that what was acknowledged may be lost, and that positions may be
//! given a second time.
//!
//! Each store has a mark of its own. A start takes away all that it finds: those of stores that still run cannot be told
//! from those of a crash. So a store looks for its mark in every transaction that it answers, and puts it back first.

use rusqlite::Connection;

use super::connection::synced;
use super::meta;
use crate::store::StoreError;
use crate::store::sql::meta::{META, RELAXED};

/// Names one store, from its start to its end: the key of its entry.
pub(super) type Mark = std::sync::Arc<str>;

/// A mark that no store has yet.
pub(super) fn new() -> Mark {
    format!("{RELAXED}.{}", uuid::Uuid::new_v4().simple()).into()
}

/// Begins another life of the log if a mark of others is there, and puts that of this store in its place.
pub(super) fn begin(connection: &Connection, mark: Option<&Mark>) -> Result<(), StoreError> {
    if clear(connection, mark)? {
        tracing::warn!(
            "a store with `Durability::Relaxed` has not closed the database, and may have lost what it has \
             acknowledged, unless it still runs: the log begins another life"
        );
        meta::renew_epoch(connection)?;
    }
    match mark {
        Some(mark) => meta::set(connection, mark, "yes"),
        None => Ok(()),
    }
}

/// Takes all marks away but this one. Answers whether there were any.
pub(super) fn clear(connection: &Connection, mark: Option<&Mark>) -> Result<bool, StoreError> {
    let text = "DELETE FROM sockful_meta WHERE key GLOB ?1 || '*' AND key IS NOT ?2";
    let mut statement = connection.prepare_cached(text)?;
    Ok(statement.execute((RELAXED, mark.map(|mark| &**mark)))? > 0)
}

/// Whether the mark of this store is still there.
pub(super) fn stands(connection: &Connection, mark: &Mark) -> Result<bool, StoreError> {
    Ok(meta::get(connection, mark)?.is_some())
}

/// Puts the mark of this store back. It is on the disk before anything that is written after it.
pub(super) fn renew(connection: &mut Connection, mark: &Mark) -> Result<(), StoreError> {
    synced(connection, |connection| meta::set(connection, mark, "yes"))
}

/// Takes the mark of this store away, once everything is on the disk.
pub(super) fn end(connection: &mut Connection, mark: &Mark) -> Result<(), StoreError> {
    if !connection.table_exists(None, META)? {
        return Ok(());
    }
    // What is written to the write-ahead log is synced with all that was written before it.
    synced(connection, |connection| meta::remove(connection, mark))
}
