//! What the database has under the name of a table.

use rusqlite::{Connection, OptionalExtension};

use crate::store::StoreError;
use crate::store::sql::migrate::{Found, FoundColumn, FoundIndex, FoundKey};
use crate::store::sql::quoted;

/// The table of this name, if there is anything.
pub(super) fn find(connection: &Connection, table: &str) -> Result<Option<Found>, StoreError> {
    let kind: Option<String> = connection
        .query_row(
            "SELECT type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE",
            [table],
            |row| row.get(0),
        )
        .optional()?;
    let Some(kind) = kind else {
        return Ok(None);
    };
    if kind != "table" {
        return Ok(Some(Found::other()));
    }
    let filled = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(table));
    Ok(Some(Found {
        is_table: true,
        filled: connection.query_row(&filled, [], |row| row.get(0))?,
        columns: columns(connection, table)?,
        indexes: indexes(connection, table)?,
        keys: keys(connection, table)?,
    }))
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<FoundColumn>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo(?1)",
    )?;
    let columns = statement.query_map([table], |row| {
        let name: String = row.get(0)?;
        let (_, collation, ..) = connection.column_metadata(None::<&str>, table, &*name)?;
        let collation = collation.map(|it| it.to_string_lossy().into_owned());
        Ok(FoundColumn {
            name,
            declared: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            key: row.get::<_, i64>(4)? > 0,
            generated: row.get::<_, i64>(5)? > 0,
            collation: collation.filter(|it| !it.eq_ignore_ascii_case("BINARY")),
        })
    })?;
    Ok(columns.collect::<Result<_, _>>()?)
}

fn indexes(connection: &Connection, table: &str) -> Result<Vec<FoundIndex>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT name, \"unique\", partial FROM pragma_index_list(?1) WHERE origin <> 'pk' ORDER BY name",
    )?;
    let indexes = statement.query_map([table], |row| {
        let (name, partial): (String, bool) = (row.get(0)?, row.get(2)?);
        let mut statement = connection.prepare_cached(
            "SELECT name, coll FROM pragma_index_xinfo(?1) WHERE key ORDER BY seqno",
        )?;
        let columns = statement.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let columns: Vec<(Option<String>, String)> = columns.collect::<Result<_, _>>()?;
        let by_bytes = |(_, collation): &(_, String)| collation.eq_ignore_ascii_case("BINARY");
        Ok(FoundIndex {
            unique: row.get(1)?,
            whole: !partial && columns.iter().all(by_bytes),
            columns: columns.into_iter().map(|(name, _)| name).collect(),
            name,
        })
    })?;
    Ok(indexes.collect::<Result<_, _>>()?)
}

fn keys(connection: &Connection, table: &str) -> Result<Vec<FoundKey>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT seq, \"from\", \"table\" FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
    )?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<FoundKey> = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(0)? == 0 {
            keys.push(FoundKey {
                name: None,
                columns: Vec::new(),
                table: row.get(2)?,
            });
        }
        if let Some(key) = keys.last_mut() {
            key.columns.push(row.get(1)?);
        }
    }
    Ok(keys)
}
