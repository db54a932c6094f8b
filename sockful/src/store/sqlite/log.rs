//! The log: what every commit changed, in the table `sockful_log`.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::error::damaged;
use super::rows::{integer, position, value};
use crate::change::Change;
use crate::store::sql::{Column, Table, Tables, read_pair, write_new, write_old};
use crate::store::{Entry, LogRange, StoreError};

/// What an entry takes beside its texts, about.
pub(super) const ROW: u64 = 64;

/// The size of one row of the log, in SQL; the other half of [`append`].
pub(super) const SIZE: &str = "ifnull(octet_length(new), 0) + ifnull(octet_length(old), 0) + 64";

/// The position of the newest commit.
pub(super) fn last(connection: &Connection) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT max(pos) FROM sockful_log")?;
    let last: Option<i64> = statement.query_row([], |row| row.get(0))?;
    position(ValueRef::Integer(last.unwrap_or(0)))
}

/// Where the log begins and ends.
pub(super) fn range(connection: &Connection) -> Result<LogRange, StoreError> {
    Ok(LogRange {
        from: from(connection)?,
        to: last(connection)?,
    })
}

/// The position before the oldest entry.
fn from(connection: &Connection) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached("SELECT min(pos) FROM sockful_log")?;
    let first: Option<i64> = statement.query_row([], |row| row.get(0))?;
    // A commit that changes anything takes the next position.
    position(ValueRef::Integer(first.map_or(0, |first| first - 1)))
}

/// Writes one change of a commit. Answers about how many bytes that took.
pub(super) fn append(
    connection: &Connection,
    table: &Table,
    (part, at): (usize, i64),
    change: &Change,
) -> Result<u64, StoreError> {
    let new = change.new.as_ref().map(write_new);
    let old = change.old.as_ref();
    let old = old.map(|old| write_old(old, change.new.as_ref()));
    let mut statement = connection.prepare_cached(
        "INSERT INTO sockful_log (pos, part, at, resource, id, schema, new, old) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    statement.execute((
        integer(change.rev),
        i64::try_from(part).unwrap_or(i64::MAX),
        at,
        change.schema.name,
        &change.id,
        &*table.layout.hash,
        new.as_deref(),
        old.as_deref(),
    ))?;
    let length = |text: Option<String>| text.map_or(0, |text| text.len() as u64);
    Ok(length(new) + length(old) + ROW)
}

/// Up to `limit` entries after a position.
pub(super) fn since(
    connection: &mut Connection,
    tables: &Tables,
    after: u64,
    limit: usize,
) -> Result<Vec<Entry>, StoreError> {
    // One moment of the log: nothing is pruned between the two questions.
    let transaction = connection.transaction()?;
    let from = from(&transaction)?;
    if after < from {
        return Err(StoreError::Pruned { from });
    }
    let mut statement = transaction.prepare_cached(
        "SELECT pos, at, resource, id, schema, new, old FROM sockful_log WHERE pos > ?1 ORDER BY pos, part",
    )?;
    let mut rows = statement.query([integer(after)])?;
    let mut layouts = Layouts::default();
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(row) = rows.next()? {
        let pos = position(row.get_ref(0)?)?;
        let last = entries.last().map_or(after, |entry| entry.pos);
        if pos != last || entries.is_empty() {
            if entries.len() == limit {
                break;
            }
            // A change that is missing must not be passed over in silence.
            if pos != last + 1 {
                return Err(damaged(format!("position {pos} of the log follows {last}")));
            }
            entries.push(Entry {
                pos,
                at: row.get(1)?,
                changes: Vec::new(),
            });
        }
        // What an app no longer has, it cannot tell of; the position stays, so that there is no hole.
        let Some(table) = tables.named(row.get_ref(2)?.as_str().unwrap_or_default()) else {
            continue;
        };
        let change = read(&transaction, table, &mut layouts, pos, row)?;
        if let Some(entry) = entries.last_mut() {
            entry.changes.push(change);
        }
    }
    Ok(entries)
}

/// Columns of earlier times, by their hash.
type Layouts = HashMap<String, Vec<Column>>;

fn read(
    connection: &Connection,
    table: &Table,
    layouts: &mut Layouts,
    pos: u64,
    row: &Row<'_>,
) -> Result<Change, StoreError> {
    let broken = || damaged(format!("the log at position {pos}"));
    let schema = &table.schema;
    let id = value(schema.id_field(), row.get_ref(3)?).ok_or_else(broken)?;
    let hash = row.get_ref(4)?.as_str().map_err(|_| broken())?;
    let text = |place| row.get_ref(place)?.as_str_or_null().map_err(|_| broken());
    let columns = columns(connection, table, layouts, hash)?;
    let pair = read_pair(columns, schema, text(6)?, text(5)?).map_err(|_| broken())?;
    Ok(Change {
        schema: schema.clone(),
        id,
        rev: pos,
        old: pair.old,
        new: pair.new,
    })
}

fn columns<'a>(
    connection: &Connection,
    table: &'a Table,
    layouts: &'a mut Layouts,
    hash: &str,
) -> Result<&'a [Column], StoreError> {
    if hash == &*table.layout.hash {
        return Ok(&table.layout.columns);
    }
    if !layouts.contains_key(hash) {
        let mut statement =
            connection.prepare_cached("SELECT fields FROM sockful_schema WHERE hash = ?1")?;
        let fields: String = statement.query_row([hash], |row| row.get(0))?;
        let columns = serde_json::from_str(&fields)
            .map_err(|_| damaged(format!("the fields of the schema {hash}")))?;
        layouts.insert(hash.to_owned(), columns);
    }
    Ok(&layouts[hash])
}
