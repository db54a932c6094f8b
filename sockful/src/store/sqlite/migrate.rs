//! Makes what the resources need and the database lacks, and refuses what cannot be made to fit.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::error::refused;
use super::tables::Tables;
use super::{meta, names};
use crate::row::Value;
use crate::schema::Field;
use crate::store::sql::{Column, Dialect, REV, Table, default_of, quoted};
use crate::store::{Opened, StoreError};

/// Brings the database up to what these tables ask for, in one transaction. If that is not `allowed`, a
/// database that lacks anything is refused.
pub(super) fn run(
    connection: &mut Connection,
    tables: &Tables,
    allowed: bool,
) -> Result<Opened, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let plan = plan(&transaction, tables)?;
    if !allowed && !plan.is_empty() {
        return Err(refused(format!(
            "migrations are switched off, and the database lacks:\n{}",
            plan.join(";\n")
        )));
    }
    for statement in &plan {
        transaction.execute_batch(statement).map_err(|error| {
            refused(format!(
                "the database cannot be migrated: {error}, in: {statement}"
            ))
        })?;
    }
    meta::set_format(&transaction)?;
    for table in tables.iter() {
        remember(&transaction, table)?;
    }
    let opened = meta::opened(&transaction)?;
    transaction.commit()?;
    Ok(opened)
}

/// The statements that the database needs, in their order.
///
/// # Errors
/// What no statement can bring about, by table and column.
pub(super) fn plan(connection: &Connection, tables: &Tables) -> Result<Vec<String>, StoreError> {
    let mut plan = Vec::new();
    for (name, statement) in meta::TABLES {
        if !names::is_ours(connection, name, statement)? {
            plan.push(statement.to_owned());
        } else if name == meta::META {
            // What a later version has made is not judged by what this one would make.
            meta::check_known(connection)?;
        }
    }
    // Nothing is known of a database without our own tables.
    let known = plan.is_empty();
    for table in tables.iter() {
        names::check(connection, table)?;
        let name = table.schema.name;
        let recorded = if known {
            meta::get(connection, &key(name))?
        } else {
            None
        };
        if recorded.as_deref() == Some(&*table.layout.hash) {
            continue;
        }
        let before = match recorded {
            Some(hash) => columns_of(connection, &hash)?,
            None => Vec::new(),
        };
        plan.extend(missing(connection, table, &before)?);
    }
    Ok(plan)
}

fn key(resource: &str) -> String {
    format!("schema.{resource}")
}

/// Notes what the table is like now: for the next start, and for reading the log later.
fn remember(connection: &Connection, table: &Table) -> Result<(), StoreError> {
    let (name, layout) = (table.schema.name, &table.layout);
    connection.execute(
        "INSERT INTO sockful_schema (hash, resource, fields) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        [&layout.hash, name, &layout.text],
    )?;
    meta::set(connection, &key(name), &layout.hash)
}

fn columns_of(connection: &Connection, hash: &str) -> Result<Vec<Column>, StoreError> {
    let fields: Option<String> = connection
        .query_row(
            "SELECT fields FROM sockful_schema WHERE hash = ?1",
            [hash],
            |row| row.get(0),
        )
        .optional()?;
    Ok(fields
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// A column as it is in the database.
struct Found {
    name: String,
    declared: String,
    not_null: bool,
    default: bool,
    key: bool,
}

fn missing(
    connection: &Connection,
    table: &Table,
    before: &[Column],
) -> Result<Vec<String>, StoreError> {
    let mut found = found(connection, table.schema.name)?;
    let mut plan = Vec::new();
    if found.is_empty() {
        plan.push(create(table));
    } else {
        plan.extend(revision(table, &mut found, before));
        for field in &table.schema.fields {
            match find(&found, field.name) {
                Some(column) => check_column(table, field, column, before)?,
                None => plan.push(add(connection, table, field)?),
            }
        }
        check_others(table, &found)?;
    }
    for field in &table.schema.fields {
        if let Some((name, statement)) = index(table, field)
            && !has_index(connection, table, &name)?
        {
            plan.push(statement);
        }
    }
    Ok(plan)
}

fn found(connection: &Connection, table: &str) -> Result<Vec<Found>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?1)",
    )?;
    let columns = statement.query_map([table], |row| {
        Ok(Found {
            name: row.get(0)?,
            declared: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            key: row.get::<_, i64>(4)? > 0,
        })
    })?;
    Ok(columns.collect::<Result<_, _>>()?)
}

fn find<'a>(found: &'a [Found], name: &str) -> Option<&'a Found> {
    found
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(name))
}

/// What gives the table its column of the revision. A field may have begun to hold it, or ceased to.
fn revision(table: &Table, found: &mut Vec<Found>, before: &[Column]) -> Option<String> {
    let (name, now) = (table.name(), table.rev_name);
    if find(found, now).is_some() {
        return None;
    }
    let then = before.iter().find(|column| column.rev);
    let then = then.map_or(REV, |column| &column.name);
    let statement = match found.iter_mut().find(|column| column.name == then) {
        Some(column) => {
            let (then, now) = (quoted(then), quoted(now));
            table.rev_name.clone_into(&mut column.name);
            format!("ALTER TABLE {name} RENAME COLUMN {then} TO {now}")
        }
        None => {
            found.push(Found {
                name: now.to_owned(),
                declared: "INTEGER".to_owned(),
                not_null: true,
                default: true,
                key: false,
            });
            let now = quoted(now);
            format!("ALTER TABLE {name} ADD COLUMN {now} INTEGER NOT NULL DEFAULT 0")
        }
    };
    Some(statement)
}

fn create(table: &Table) -> String {
    let fields = table.schema.fields.iter();
    let columns = fields.map(|field| {
        let key = if field.words.id { " PRIMARY KEY" } else { "" };
        format!("{}{key}", definition(field))
    });
    let rev = table.schema.rev.is_none();
    let rev = rev.then(|| format!("{} INTEGER NOT NULL", quoted(REV)));
    let columns: Vec<_> = columns.chain(rev).collect();
    format!(
        "CREATE TABLE {} ({}) {}",
        table.name(),
        columns.join(", "),
        super::dialect::Sqlite.table_options()
    )
}

fn definition(field: &Field) -> String {
    let kind = super::dialect::Sqlite.column_type(field.kind);
    let null = if field.nullable { "" } else { " NOT NULL" };
    format!("{} {kind}{null}", quoted(field.name))
}

fn add(connection: &Connection, table: &Table, field: &Field) -> Result<String, StoreError> {
    let name = table.name();
    let default = default_of(field);
    if default.is_none() && !field.nullable {
        let full: bool = connection.query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM {name})"),
            [],
            |row| row.get(0),
        )?;
        if full {
            return Err(refused(format!(
                "`{}.{}` is new, and the records that are there have no value for it: give it a default, \
                 or make it an `Option`",
                table.schema.name, field.name
            )));
        }
    }
    let default = default.map_or_else(String::new, |value| format!(" DEFAULT {}", literal(&value)));
    Ok(format!(
        "ALTER TABLE {name} ADD COLUMN {}{default}",
        definition(field)
    ))
}

/// A value of the program, never of a client: a default cannot be a parameter.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => i64::from(*value).to_string(),
        Value::Int(value) | Value::Time(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) | Value::Json(text) => format!("'{}'", text.replace('\'', "''")),
    }
}

fn check_column(
    table: &Table,
    field: &Field,
    column: &Found,
    before: &[Column],
) -> Result<(), StoreError> {
    let name = format!("`{}.{}`", table.schema.name, field.name);
    let kind = super::dialect::Sqlite.column_type(field.kind);
    if !column.declared.eq_ignore_ascii_case(kind) {
        return Err(refused(format!(
            "{name} is {} in the database, {kind} in the struct: write a migration",
            column.declared
        )));
    }
    if let Some(then) = before.iter().find(|then| then.name == field.name)
        && then.kind != field.kind
    {
        return Err(refused(format!(
            "{name} holds {} in the database, {} in the struct: write a migration",
            then.kind.noun(),
            field.kind.noun()
        )));
    }
    if column.key != field.words.id {
        return Err(refused(format!(
            "{name} is {} in the database, but {} in the struct: write a migration",
            if column.key { "the key" } else { "not the key" },
            if field.words.id {
                "the id"
            } else {
                "not the id"
            }
        )));
    }
    if !column.key && column.not_null == field.nullable {
        let words = |null: bool| if null { "may be null" } else { "is never null" };
        return Err(refused(format!(
            "{name} {} in the database, but {} in the struct: write a migration",
            words(!column.not_null),
            words(field.nullable)
        )));
    }
    Ok(())
}

/// Columns that no field has are left alone, as long as a row can be written without them.
fn check_others(table: &Table, found: &[Found]) -> Result<(), StoreError> {
    for column in found {
        let ours = column.name == table.rev_name
            || table
                .schema
                .fields
                .iter()
                .any(|field| field.name.eq_ignore_ascii_case(&column.name));
        if ours {
            continue;
        }
        let name = format!("`{}.{}`", table.schema.name, column.name);
        if column.key || column.not_null && !column.default {
            return Err(refused(format!(
                "{name} is in the database and needs a value, but the struct has no such field: write a migration"
            )));
        }
        tracing::warn!(
            "{name} is in the database, but the struct has no such field: it is left alone"
        );
    }
    Ok(())
}

/// The name of the index of a field, and the statement that makes it.
fn index(table: &Table, field: &Field) -> Option<(String, String)> {
    let (word, unique) = match (field.words.unique, field.words.index) {
        (true, _) => ("unique", "UNIQUE "),
        (false, true) => ("index", ""),
        (false, false) => return None,
    };
    let name = format!("{}_{}_{word}", table.schema.name, field.name);
    let statement = format!(
        "CREATE {unique}INDEX {} ON {} ({})",
        quoted(&name),
        table.name(),
        quoted(field.name)
    );
    Some((name, statement))
}

fn has_index(connection: &Connection, table: &Table, name: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1 AND tbl_name = ?2",
    )?;
    Ok(statement.exists([name, table.schema.name])?)
}
