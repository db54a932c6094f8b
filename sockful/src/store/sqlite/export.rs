//! Hands everything over to another store, as it is at one moment.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use tokio::sync::mpsc;

use super::error::{damaged, ended};
use super::reads::Moment;
use super::rows::stored;
use super::{Sqlite, meta};
use crate::schema::Schema;
use crate::store::sql::handover::{Line, Part};
use crate::store::sql::{Recorded, Tables};
use crate::store::{Answered, OperationKey, StoreError};

/// So many rows are one part, or fewer of about so many bytes.
const ROWS: usize = 500;
const BYTES: usize = 1 << 20;

impl Sqlite {
    /// The resources the store was opened for.
    pub(in crate::store) fn schemas(&self) -> Result<Vec<Arc<Schema>>, StoreError> {
        let tables = self.tables()?.iter();
        Ok(tables.map(|table| table.schema.clone()).collect())
    }

    /// Gives part after part to whoever receives them.
    pub(in crate::store) async fn export(
        &self,
        parts: mpsc::Sender<Part>,
    ) -> Result<(), StoreError> {
        let tables = self.tables()?.clone();
        self.on_reader(move |connection| {
            let moment = Moment::of(connection)?;
            let give = |part| parts.blocking_send(part).map_err(|_| ended());
            export(moment.0, &tables, &give)
        })
        .await
    }
}

type Give<'a> = dyn Fn(Part) -> Result<(), StoreError> + 'a;

fn export(connection: &Connection, tables: &Tables, give: &Give<'_>) -> Result<(), StoreError> {
    give(Part::Opened(meta::opened(connection)?))?;
    let layouts = "SELECT hash, resource, fields FROM sockful_schema";
    in_parts(connection, layouts, &layout, &|layouts| {
        give(Part::Layouts(layouts))
    })?;
    for table in tables.iter() {
        let rows = format!("SELECT {} FROM {}", table.columns(), table.name());
        in_parts(connection, &rows, &|row| stored(table, row), &|rows| {
            give(Part::Rows(table.schema.clone(), rows))
        })?;
    }
    let log =
        "SELECT pos, part, at, resource, id, schema, new, old FROM sockful_log ORDER BY pos, part";
    in_parts(connection, log, &line, &|lines| give(Part::Log(lines)))?;
    let ledger = "SELECT user, op, request, answer, at FROM sockful_ledger";
    in_parts(connection, ledger, &recorded, &|recorded| {
        give(Part::Ledger(recorded))
    })?;
    give(Part::End)
}

/// Gives what a question answers, some rows at a time.
fn in_parts<T>(
    connection: &Connection,
    text: &str,
    read: &dyn Fn(&Row<'_>) -> Result<T, StoreError>,
    give: &dyn Fn(Vec<T>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare(text)?;
    let mut rows = statement.query([])?;
    let mut part = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        bytes += size(row)?;
        part.push(read(row)?);
        if part.len() == ROWS || bytes >= BYTES {
            bytes = 0;
            give(std::mem::take(&mut part))?;
        }
    }
    if part.is_empty() { Ok(()) } else { give(part) }
}

/// How many bytes of text a row has.
fn size(row: &Row<'_>) -> Result<usize, StoreError> {
    let mut size = 0;
    for column in 0..row.as_ref().column_count() {
        if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(column)? {
            size += bytes.len();
        }
    }
    Ok(size)
}

fn layout(row: &Row<'_>) -> Result<[String; 3], StoreError> {
    Ok([row.get(0)?, row.get(1)?, row.get(2)?])
}

fn line(row: &Row<'_>) -> Result<Line, StoreError> {
    Ok(Line {
        pos: row.get(0)?,
        part: row.get(1)?,
        at: row.get(2)?,
        resource: row.get(3)?,
        id: match row.get_ref(4)? {
            ValueRef::Integer(id) => id.to_string(),
            _ => row.get(4)?,
        },
        schema: row.get(5)?,
        new: row.get(6)?,
        old: row.get(7)?,
    })
}

fn recorded(row: &Row<'_>) -> Result<(Recorded, i64), StoreError> {
    let text = |column| row.get::<_, String>(column).map(Into::into);
    let request = row.get::<_, Vec<u8>>(2)?.try_into();
    let request =
        request.map_err(|_| damaged("an operation of the ledger has no hash of its request"))?;
    let recorded = Recorded {
        key: OperationKey {
            user: text(0)?,
            op: text(1)?,
        },
        answered: Answered {
            request,
            answer: text(3)?,
        },
    };
    Ok((recorded, row.get(4)?))
}
