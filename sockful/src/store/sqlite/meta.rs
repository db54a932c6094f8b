//! What the database knows of itself.

use std::fmt::Write;

use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::error::{damaged, refused};
use crate::store::{Opened, StoreError};

/// The table that tells what the others are like.
pub(super) const META: &str = "sockful_meta";

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

/// How our own tables are laid out.
const FORMAT: &str = "1";

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

/// Refuses a database of a later sockful.
pub(super) fn check_known(connection: &Connection) -> Result<(), StoreError> {
    match get(connection, "format")?.as_deref() {
        None | Some(FORMAT) => Ok(()),
        Some(other) => Err(refused(format!(
            "the database has the format {other}; this version of sockful knows {FORMAT}"
        ))),
    }
}

/// Notes the format of a database whose tables are those of this version.
pub(super) fn set_format(connection: &Connection) -> Result<(), StoreError> {
    set(connection, "format", FORMAT)
}

/// The epoch and the secret of the database; one that is new is given them.
pub(super) fn opened(connection: &Connection) -> Result<Opened, StoreError> {
    let fresh = Opened::fresh();
    let epoch = match get(connection, "epoch")? {
        Some(epoch) => epoch.into(),
        None => {
            set(connection, "epoch", &fresh.epoch)?;
            fresh.epoch
        }
    };
    let secret = match get(connection, "secret")? {
        Some(text) => {
            from_hex(&text).ok_or_else(|| damaged("the secret is no 32 bytes in hexadecimal"))?
        }
        None => {
            set(connection, "secret", &to_hex(&fresh.secret))?;
            fresh.secret
        }
    };
    Ok(Opened::kept(epoch, secret))
}

/// Begins another life of the log.
pub(super) fn renew_epoch(connection: &Connection) -> Result<(), StoreError> {
    set(connection, "epoch", &Uuid::new_v4().simple().to_string())
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}
