//! The log: what every commit changed, in the table `sockful_log`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::connection::{Link, Parameters};
use super::error::damaged;
use super::row::Row;
use super::rows::{integer, position, time};
use super::tables::{Table, Tables};
use crate::change::Change;
use crate::row::Value;
use crate::schema::Kind;
use crate::store::sql::{Column, read_pair, write_new, write_old};
use crate::store::{Entry, LogRange, StoreError};

/// The size of one row of the log, in SQL.
pub(super) const SIZE: &str =
    "coalesce(octet_length(new), 0) + coalesce(octet_length(old), 0) + 64";

/// The position of the newest commit, as a column.
pub(super) const LAST: &str = "coalesce((SELECT max(pos) FROM sockful_log), 0)";

/// The position before the oldest entry, as a column: a commit that changes anything takes the next position.
const FROM: &str = "coalesce((SELECT min(pos) FROM sockful_log) - 1, 0)";

/// Where the log begins and ends.
pub(super) async fn range(link: &Link) -> Result<LogRange, StoreError> {
    let row = link
        .one(&format!("SELECT {FROM}, {LAST}"), Vec::new())
        .await?;
    Ok(LogRange {
        from: position(&row, 0)?,
        to: position(&row, 1)?,
    })
}

/// Writes changes into the log.
pub(super) const APPEND: &str = "INSERT INTO sockful_log (pos, part, at, resource, id, schema, new, old) \
     SELECT new.c0, new.c1, $8, new.c2, new.c3, new.c4, new.c5, new.c6 \
     FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) \
     AS new (c0, c1, c2, c3, c4, c5, c6)";

/// Changes as the log keeps them: the parameters of [`APPEND`].
#[derive(Default)]
pub(super) struct Lines {
    positions: Vec<i64>,
    parts: Vec<i32>,
    resources: Vec<&'static str>,
    ids: Vec<String>,
    hashes: Vec<String>,
    news: Vec<Option<String>>,
    olds: Vec<Option<String>>,
}

impl Lines {
    pub(super) fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    pub(super) fn push(&mut self, table: &Table, part: usize, change: &Change) {
        let old = change.old.as_ref();
        self.positions.push(integer(change.rev));
        self.parts.push(part.try_into().unwrap_or(i32::MAX));
        self.resources.push(change.schema.name);
        // Ids are text or integers: it is known from the field which of them.
        self.ids.push(change.id.to_string());
        self.hashes.push(table.layout.hash.to_string());
        self.news.push(change.new.as_ref().map(write_new));
        self.olds
            .push(old.map(|old| write_old(old, change.new.as_ref())));
    }

    pub(super) fn parameters(self, at: i64) -> Parameters {
        vec![
            Box::new(self.positions),
            Box::new(self.parts),
            Box::new(self.resources),
            Box::new(self.ids),
            Box::new(self.hashes),
            Box::new(self.news),
            Box::new(self.olds),
            Box::new(Value::Time(at)),
        ]
    }
}

/// Columns of earlier times, by their hash: what a hash names never changes.
#[derive(Default)]
// Held to look up or to keep a layout, never across an await.
pub(super) struct Layouts(Mutex<HashMap<String, Arc<[Column]>>>);

/// Up to `limit` entries after a position.
pub(super) async fn since(
    link: &Link,
    tables: &Tables,
    layouts: &Layouts,
    (after, limit): (u64, usize),
) -> Result<Vec<Entry>, StoreError> {
    // One statement is one moment of the log: nothing is pruned between the two questions.
    let text = format!(
        "SELECT log.first, entry.* FROM (SELECT {FROM} AS first) AS log LEFT JOIN \
         (SELECT pos, at, resource, id, schema, new, old, part FROM sockful_log WHERE pos > $1 AND pos <= \
         (SELECT max(pos) FROM (SELECT DISTINCT pos FROM sockful_log WHERE pos > $1 ORDER BY pos LIMIT $2) AS page)) \
         AS entry ON TRUE ORDER BY entry.pos, entry.part"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = link
        .rows(&text, vec![Box::new(integer(after)), Box::new(limit)])
        .await?;
    let mut entries: Vec<Entry> = Vec::new();
    for row in &rows {
        let from = position(row, 0)?;
        if after < from {
            return Err(StoreError::Pruned { from });
        }
        if row.try_get::<_, Option<i64>>(1)?.is_none() {
            break;
        }
        let pos = position(row, 1)?;
        let last = entries.last().map_or(after, |entry| entry.pos);
        if pos != last || entries.is_empty() {
            // A change that is missing must not be passed over in silence.
            if pos != last + 1 {
                return Err(damaged(format!("position {pos} of the log follows {last}")));
            }
            entries.push(Entry {
                pos,
                at: time(row, 2)?,
                changes: Vec::new(),
            });
        }
        // What an app no longer has, it cannot tell of; the position stays, so that there is no hole.
        let Some(table) = tables.named(row.try_get(3)?) else {
            continue;
        };
        let columns = columns(link, table, layouts, row.try_get(5)?).await?;
        let change = read(table, columns.as_deref(), pos, row)?;
        if let Some(entry) = entries.last_mut() {
            entry.changes.push(change);
        }
    }
    Ok(entries)
}

fn read(
    table: &Table,
    columns: Option<&[Column]>,
    pos: u64,
    row: &Row,
) -> Result<Change, StoreError> {
    let broken = || damaged(format!("the log at position {pos}"));
    let schema = &table.schema;
    let id: &str = row.try_get(4)?;
    let id = match schema.id_field().kind {
        Kind::Int => Value::Int(id.parse().map_err(|_| broken())?),
        _ => Value::Text(id.into()),
    };
    let columns = columns.unwrap_or(&table.layout.columns);
    let pair = read_pair(columns, schema, row.try_get(7)?, row.try_get(6)?);
    let pair = pair.map_err(|_| broken())?;
    Ok(Change {
        schema: schema.clone(),
        id,
        rev: pos,
        old: pair.old,
        new: pair.new,
    })
}

/// The columns that a hash names; `None` if they are those of today.
async fn columns(
    link: &Link,
    table: &Table,
    layouts: &Layouts,
    hash: &str,
) -> Result<Option<Arc<[Column]>>, StoreError> {
    if hash == &*table.layout.hash {
        return Ok(None);
    }
    let lock = || layouts.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(hash) {
        return Ok(Some(known.clone()));
    }
    let text = "SELECT fields FROM sockful_schema WHERE hash = $1";
    let row = link.one(text, vec![Box::new(hash.to_owned())]).await?;
    let columns: Vec<Column> = serde_json::from_str(row.try_get(0)?)
        .map_err(|_| damaged(format!("the fields of the schema {hash}")))?;
    let columns = Arc::<[Column]>::from(columns);
    lock().insert(hash.to_owned(), columns.clone());
    Ok(Some(columns))
}
