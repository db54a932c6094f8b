//! What the database knows of itself.

use rusqlite::{Connection, OptionalExtension};

use crate::store::sql::meta::{self, META};
use crate::store::{Opened, StoreError};

/// The tables of our own, in the order they are made.
pub(super) const TABLES: [(&str, &str); 6] = [
    (
        META,
        "CREATE TABLE sockful_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ),
    (
        "sockful_schema",
        "CREATE TABLE sockful_schema (hash TEXT PRIMARY KEY, resource TEXT NOT NULL, fields TEXT NOT NULL) \
         STRICT, WITHOUT ROWID",
    ),
    (
        "sockful_migrations",
        "CREATE TABLE sockful_migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, at INTEGER NOT NULL) \
         STRICT, WITHOUT ROWID",
    ),
    (
        "sockful_log",
        "CREATE TABLE sockful_log (pos INTEGER NOT NULL, part INTEGER NOT NULL, at INTEGER NOT NULL, \
         resource TEXT NOT NULL, id ANY NOT NULL, schema TEXT NOT NULL, new TEXT, old TEXT, \
         PRIMARY KEY (pos, part)) STRICT, WITHOUT ROWID",
    ),
    (
        "sockful_ledger",
        "CREATE TABLE sockful_ledger (user TEXT NOT NULL, op TEXT NOT NULL, request BLOB NOT NULL, \
         answer TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user, op)) STRICT, WITHOUT ROWID",
    ),
    (
        "sockful_ledger_at",
        "CREATE INDEX sockful_ledger_at ON sockful_ledger (at)",
    ),
];

pub(super) fn get(connection: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT value FROM sockful_meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

pub(super) fn set(connection: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO sockful_meta (key, value) VALUES (?1, ?2) \
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?;
    statement.execute([key, value])?;
    Ok(())
}

/// Removes an entry, if it is there.
pub(super) fn remove(connection: &Connection, key: &str) -> Result<(), StoreError> {
    let text = "DELETE FROM sockful_meta WHERE key = ?1";
    connection.prepare_cached(text)?.execute([key])?;
    Ok(())
}

/// Refuses a database of a later sockful.
pub(super) fn check_format(connection: &Connection) -> Result<(), StoreError> {
    meta::check_format(get(connection, meta::FORMAT.0)?.as_deref())
}

/// Notes the format of a database whose tables are those of this version.
pub(super) fn set_format(connection: &Connection) -> Result<(), StoreError> {
    let (key, value) = meta::FORMAT;
    set(connection, key, value)
}

/// The epoch and the secret of the database; one that is new is given them.
pub(super) fn opened(connection: &Connection) -> Result<Opened, StoreError> {
    let epoch = get(connection, meta::EPOCH)?;
    let secret = get(connection, meta::SECRET)?;
    let opened = meta::opened(epoch.as_deref(), secret.as_deref())?;
    if epoch.is_none() || secret.is_none() {
        for (key, value) in meta::entries(&opened) {
            set(connection, key, &value)?;
        }
    }
    Ok(opened)
}

/// Begins another life of the log.
pub(super) fn renew_epoch(connection: &Connection) -> Result<(), StoreError> {
    set(connection, meta::EPOCH, &meta::new_epoch())
}
