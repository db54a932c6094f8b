//! What is read: rows by their ids, pages of lists, and how long lists are.

use rusqlite::Connection;

use super::cells::Cells;
use super::commit::get;
use super::rows::{bind, position};
use super::{dialect, log};
use crate::query::Query;
use crate::row::Value;
use crate::store::sql::{self, Table, Tables};
use crate::store::{Listing, StoreError, Stored};

/// A connection that sees the database as it was at one moment, until this is dropped. Its statements stay prepared,
/// which those of a `rusqlite::Transaction` do not.
pub(super) struct Moment<'a>(pub(super) &'a Connection);

impl<'a> Moment<'a> {
    pub(super) fn of(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(connection))
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        if self.0.is_autocommit() {
            // What has failed may have ended it.
            return;
        }
        let ended = self.0.prepare_cached("ROLLBACK");
        if let Err(error) = ended.and_then(|mut it| it.execute([])) {
            tracing::warn!(%error, "a read of the store could not be ended");
        }
    }
}

/// The rows with these ids, all of one moment.
pub(super) fn get_many(
    connection: &Connection,
    table: &Table,
    ids: &[Value],
) -> Result<Vec<Option<Stored>>, StoreError> {
    if let [id] = ids {
        return Ok(vec![get(connection, table, id)?]);
    }
    let moment = Moment::of(connection)?;
    ids.iter().map(|id| get(moment.0, table, id)).collect()
}

/// Room is made for so many rows at most before it is known whether there are so many.
const ROOM: usize = 100;

/// A page of a list, whose rows are not made yet.
pub(super) struct Page {
    rows: Cells,
    more: bool,
    pos: u64,
}

impl Page {
    /// Makes the rows.
    pub(super) fn listing(self, table: &Table) -> Result<Listing, StoreError> {
        Ok(Listing {
            rows: self.rows.rows(table)?,
            more: self.more,
            pos: self.pos,
        })
    }
}

/// A page of a list, and the position of the same moment.
pub(super) fn list(
    connection: &Connection,
    tables: &Tables,
    table: &Table,
    query: &Query,
) -> Result<Page, StoreError> {
    let moment = Moment::of(connection)?;
    let mut page = Page {
        rows: Cells::with_room(table, query.limit.map_or(0, |limit| limit.min(ROOM))),
        more: false,
        pos: log::last(moment.0)?,
    };
    let asked = sql::list(&dialect::Sqlite, table, tables, query);
    let mut statement = moment.0.prepare_cached(&asked.text)?;
    bind(&mut statement, &asked.values)?;
    let mut rows = statement.raw_query();
    let mut bytes = query.bytes.unwrap_or(usize::MAX);
    while let Some(row) = rows.next()? {
        page.more = query.limit == Some(page.rows.len());
        if page.more {
            break;
        }
        // One row is answered however long it is.
        let most = if page.rows.len() == 0 {
            usize::MAX
        } else {
            bytes
        };
        let Some(size) = page.rows.push(table, row, most)? else {
            page.more = true;
            break;
        };
        bytes = bytes.saturating_sub(size);
    }
    Ok(page)
}

/// How many rows a query has.
pub(super) fn count(
    connection: &Connection,
    tables: &Tables,
    table: &Table,
    query: &Query,
) -> Result<u64, StoreError> {
    let asked = sql::count(&dialect::Sqlite, table, tables, query);
    let mut statement = connection.prepare_cached(&asked.text)?;
    bind(&mut statement, &asked.values)?;
    let mut rows = statement.raw_query();
    match rows.next()? {
        Some(row) => position(row.get_ref(0)?),
        None => Ok(0),
    }
}
