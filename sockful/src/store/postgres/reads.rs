//! What is read: rows by their ids, pages of lists, and how long lists are. Each is one statement, and so of one
//! moment.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::TryStreamExt;

use super::connection::{Link, Parameters};
use super::rows::{position, stored};
use super::tables::{Table, Tables};
use super::{dialect, log};
use crate::query::Query;
use crate::row::Value;
use crate::store::sql;
use crate::store::{Listing, StoreError, Stored};

/// The rows with these ids.
pub(super) async fn get_many(
    link: &Link,
    table: &Table,
    ids: &[Value],
) -> Result<Vec<Option<Stored>>, StoreError> {
    if let [id] = ids {
        let rows = link.rows(&table.get, vec![Box::new(id.clone())]).await?;
        let found = rows.first().map(|row| stored(table, row, 0)).transpose()?;
        return Ok(vec![found]);
    }
    let rows = link.rows(&table.many, vec![Box::new(ids.to_vec())]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let stored = stored(table, row, 0)?;
        found.insert(stored.row[table.schema.id].clone(), stored);
    }
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

/// A page of a list, and the position of the same moment.
pub(super) async fn list(
    link: &Link,
    tables: &Tables,
    table: &Table,
    query: &Query,
) -> Result<Listing, StoreError> {
    let asked = sql::list(&dialect::Postgres, table, tables, query);
    // By number: the revision may be there twice.
    let column = |number: usize| format!("page.c{number}");
    let names: Vec<_> = (0..=table.schema.fields.len())
        .map(|number| format!("c{number}"))
        .collect();
    // No database promises that a join keeps the order of what it joins.
    let text = format!(
        "SELECT log.last, page.* FROM (SELECT {} AS last) AS log LEFT JOIN ({}) AS page ({}) ON TRUE ORDER BY {}",
        log::LAST,
        asked.text,
        names.join(", "),
        sql::order(table, query, column)
    );
    let mut rows = pin!(link.stream(&text, parameters(asked.values)).await?);
    let mut listing = Listing::default();
    let mut bytes = query.bytes.unwrap_or(usize::MAX);
    while let Some(row) = rows.try_next().await? {
        listing.pos = position(&row, 0)?;
        // Every row has a revision: where there is none, there is no row.
        if row.try_get::<_, Option<i64>>(row.len() - 1)?.is_none() {
            break;
        }
        if query.limit == Some(listing.rows.len()) {
            listing.more = true;
            break;
        }
        let stored = stored(table, &row, 1)?;
        let size = stored.row.size();
        if size > bytes && !listing.rows.is_empty() {
            listing.more = true;
            break;
        }
        bytes = bytes.saturating_sub(size);
        listing.rows.push(stored);
    }
    Ok(listing)
}

/// How many rows a query has.
pub(super) async fn count(
    link: &Link,
    tables: &Tables,
    table: &Table,
    query: &Query,
) -> Result<u64, StoreError> {
    let asked = sql::count(&dialect::Postgres, table, tables, query);
    let row = link.one(&asked.text, parameters(asked.values)).await?;
    position(&row, 0)
}

fn parameters(values: Vec<Value>) -> Parameters {
    let boxed = values.into_iter().map(|value| Box::new(value) as _);
    boxed.collect()
}
