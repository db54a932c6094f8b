//! What the database knows of itself.

use std::fmt::Write;

use super::connection::Link;
use super::error::{Error, damaged, refused};
use crate::store::{Opened, StoreError};

/// The tables of our own, in the order they are made.
pub(super) const TABLES: [(&str, &str); 6] = [
    (
        "sockful_meta",
        "CREATE TABLE sockful_meta (key text COLLATE \"C\" PRIMARY KEY, value text NOT NULL)",
    ),
    (
        "sockful_schema",
        "CREATE TABLE sockful_schema (hash text COLLATE \"C\" PRIMARY KEY, resource text NOT NULL, \
         fields text NOT NULL)",
    ),
    (
        "sockful_migrations",
        "CREATE TABLE sockful_migrations (name text COLLATE \"C\" PRIMARY KEY, checksum text NOT NULL, \
         at timestamptz NOT NULL)",
    ),
    (
        "sockful_log",
        "CREATE TABLE sockful_log (pos bigint NOT NULL, part integer NOT NULL, at timestamptz NOT NULL, \
         resource text NOT NULL, id text NOT NULL, schema text NOT NULL, new text, old text, \
         PRIMARY KEY (pos, part))",
    ),
    (
        "sockful_ledger",
        "CREATE TABLE sockful_ledger (\"user\" text COLLATE \"C\" NOT NULL, op text COLLATE \"C\" NOT NULL, \
         request bytea NOT NULL, answer text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (\"user\", op))",
    ),
    (
        "sockful_ledger_at",
        "CREATE INDEX sockful_ledger_at ON sockful_ledger (at)",
    ),
];

/// How our own tables are laid out.
const FORMAT: &str = "1";

pub(super) async fn get(link: &Link, key: &str) -> Result<Option<String>, StoreError> {
    let text = "SELECT value FROM sockful_meta WHERE key = $1";
    let rows = link.rows(text, vec![Box::new(key.to_owned())]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn set(link: &Link, key: &str, value: &str) -> Result<(), Error> {
    let text = "INSERT INTO sockful_meta (key, value) VALUES ($1, $2) \
                ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    let values = [key, value].map(|it| Box::new(it.to_owned()) as _);
    link.rows(text, Vec::from(values)).await?;
    Ok(())
}

/// Refuses a database of a later sockful.
pub(super) async fn check_format(link: &Link) -> Result<(), StoreError> {
    match get(link, "format").await?.as_deref() {
        None => Ok(set(link, "format", FORMAT).await?),
        Some(FORMAT) => Ok(()),
        Some(other) => Err(refused(format!(
            "the database has the format {other}; this version of sockful knows {FORMAT}"
        ))),
    }
}

/// The epoch and the secret of the database; one that is new is given them.
pub(super) async fn opened(link: &Link) -> Result<Opened, StoreError> {
    let fresh = Opened::fresh();
    let epoch = match get(link, "epoch").await? {
        Some(epoch) => epoch.into(),
        None => {
            set(link, "epoch", &fresh.epoch).await?;
            fresh.epoch
        }
    };
    let secret = match get(link, "secret").await? {
        Some(text) => {
            from_hex(&text).ok_or_else(|| damaged("the secret is no 32 bytes in hexadecimal"))?
        }
        None => {
            set(link, "secret", &to_hex(&fresh.secret)).await?;
            fresh.secret
        }
    };
    Ok(Opened::kept(epoch, secret))
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
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
