//! Names of tables and columns: which are reserved, and which something else in the database has.

use rusqlite::{Connection, OptionalExtension};

use super::error::refused;
use crate::store::StoreError;
use crate::store::sql::Table;

/// Whether a table can have its name, and its columns theirs.
pub(super) fn check(connection: &Connection, table: &Table) -> Result<(), StoreError> {
    check_own(table)?;
    check_place(connection, table)
}

/// Whether a table of our own is there. Another program may have given its name to something else.
pub(super) fn is_ours(
    connection: &Connection,
    name: &str,
    statement: &str,
) -> Result<bool, StoreError> {
    let mut made = connection.prepare_cached("SELECT sql FROM sqlite_schema WHERE name = ?1")?;
    let found: Option<Option<String>> = made.query_row([name], |row| row.get(0)).optional()?;
    match found {
        None => Ok(false),
        Some(Some(found)) if found == statement => Ok(true),
        Some(_) => Err(refused(format!(
            "`{name}` in the database was not made by this version of sockful: another program has taken its name"
        ))),
    }
}

/// SQLite keeps some names for itself, and does not tell upper from lower case.
fn check_own(table: &Table) -> Result<(), StoreError> {
    let name = table.schema.name;
    for reserved in ["sockful_", "sqlite_"] {
        if name.starts_with(reserved) {
            return Err(refused(format!(
                "`{name}` cannot be the name of a table: `{reserved}` is reserved"
            )));
        }
    }
    let fields = &table.schema.fields;
    for (place, field) in fields.iter().enumerate() {
        let same = |other: &str| other.eq_ignore_ascii_case(field.name);
        if same("sockful_rev") {
            return Err(refused(format!("`{name}.{}` is reserved", field.name)));
        }
        if let Some(other) = fields[..place].iter().find(|other| same(other.name)) {
            return Err(refused(format!(
                "`{name}.{}` and `{name}.{}` are one column to SQLite: rename one of them",
                other.name, field.name
            )));
        }
    }
    Ok(())
}

/// A view or an index may have the name already, which a table needs.
fn check_place(connection: &Connection, table: &Table) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT type FROM sqlite_schema WHERE type IN ('view', 'index') AND name = ?1 COLLATE NOCASE",
    )?;
    let kind: Option<String> = statement
        .query_row([table.schema.name], |row| row.get(0))
        .optional()?;
    kind.map_or(Ok(()), |kind| {
        let article = if kind == "index" { "an" } else { "a" };
        Err(refused(format!(
            "`{}` is {article} {kind} in the database, where the resource needs a table",
            table.schema.name
        )))
    })
}
