//! Brings a database up to what the resources need, when it is opened.

use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

use super::connection::synced;
use super::error::refused;
use super::mark::{self, Mark};
use super::{dialect, inspect, meta, numbered};
use crate::store::sql::meta::{META, not_ours, schema_key};
use crate::store::sql::migrate::numbered::hint_for_new;
use crate::store::sql::migrate::{
    Asked, Migration, Plan, Prepared, Progress, Step, check_run, plan as plan_of,
};
use crate::store::sql::{Column, Table, Tables};
use crate::store::{Opened, StoreError};

/// What a start asks of a database.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) tables: Arc<Tables>,
    pub(super) migrations: Arc<[Migration]>,
    /// If not, a database that lacks anything is refused.
    pub(super) allowed: bool,
    /// The mark of the store, if it answers before the disk has synced.
    pub(super) mark: Option<Mark>,
}

/// Brings the database up to what a start asks for, in one transaction.
///
/// # Errors
/// Everything that no statement can bring about; then nothing is changed.
pub(super) fn run(connection: &mut Connection, start: &Start) -> Result<Opened, StoreError> {
    // Whatever the store promises of commits, the mark is on the disk before the first of them is answered.
    synced(connection, |connection| {
        in_transaction(connection, |transaction| open(transaction, start))
    })
}

fn open(transaction: &Transaction<'_>, start: &Start) -> Result<(Opened, bool), StoreError> {
    let prepared = prepare(transaction, start)?;
    prepared.check(start.allowed)?;
    prepared.warn();
    do_all(transaction, &prepared.plan.steps)?;
    for table in start.tables.iter() {
        remember(transaction, table)?;
    }
    mark::begin(transaction, start.mark.as_ref())?;
    let opened = meta::opened(transaction)?;
    Ok((opened, true))
}

/// The statements that the database needs, in their order. Nothing is changed.
///
/// # Errors
/// As [`run`].
pub(super) fn plan(connection: &mut Connection, start: &Start) -> Result<Vec<String>, StoreError> {
    in_transaction(connection, |transaction| {
        let prepared = prepare(transaction, start)?;
        Ok((prepared.texts(), false))
    })
}

/// Does `work` in a transaction, which lasts if that says so. References are not checked meanwhile.
fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<(T, bool), StoreError>,
) -> Result<T, StoreError> {
    connection.pragma_update(None, "foreign_keys", false)?;
    let done = (|| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (done, lasts) = work(&transaction)?;
        if lasts {
            transaction.commit()?;
        }
        Ok(done)
    })();
    connection.pragma_update(None, "foreign_keys", true)?;
    done
}

/// Makes our own tables, runs the migrations that were written, since only then it is known what else is missing,
/// and plans that.
fn prepare(transaction: &Transaction<'_>, start: &Start) -> Result<Prepared, StoreError> {
    let mut done = Vec::new();
    for (name, statement) in meta::TABLES {
        if !is_ours(transaction, name, statement)? {
            transaction.execute_batch(statement)?;
            done.push(statement.to_owned());
        } else if name == META {
            // What a later version has made is not judged by what this one would make.
            meta::check_format(transaction)?;
        }
    }
    let new = done.first().is_some_and(|first| first == meta::TABLES[0].1);
    meta::set_format(transaction)?;
    let waiting = numbered::waiting(transaction, &start.migrations)?;
    check_run(&waiting, start.allowed)?;
    if !waiting.is_empty() {
        // Where a reference is wrong in itself nothing can be counted; a migration may mend it.
        let broken = numbered::broken_references(transaction).unwrap_or_default();
        for migration in &waiting {
            let ran = numbered::run(transaction, migration);
            done.extend(ran.map_err(|error| match error {
                StoreError::Failed(error) if new => refused(format!("{error}; {}", hint_for_new())),
                error => error,
            })?);
        }
        numbered::check_references(transaction, &broken)?;
    }
    let plan = missing(transaction, &start.tables, &waiting)?;
    Ok(Prepared { done, plan })
}

/// What the tables lack, after these migrations.
fn missing(
    transaction: &Transaction<'_>,
    tables: &Tables,
    migrations: &[&Migration],
) -> Result<Plan, StoreError> {
    let mut asked = Vec::new();
    for table in tables.iter() {
        let recorded = meta::get(transaction, &schema_key(table.schema.name))?;
        if recorded.as_deref() == Some(&*table.layout.hash) && migrations.is_empty() {
            continue;
        }
        let before = match recorded {
            Some(hash) => columns_of(transaction, &hash)?,
            None => Vec::new(),
        };
        let name = table.plain_name;
        asked.push(Asked {
            table,
            found: inspect::find(transaction, name)?,
            before,
            migrated: migrations.iter().any(|it| it.mentions(name)),
        });
    }
    plan_of(&dialect::Sqlite, asked).map_err(StoreError::Unfit)
}

/// Does every step that can be done, so that all that cannot are told at once.
fn do_all(transaction: &Transaction<'_>, steps: &[Step]) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    for step in steps {
        let rows = rows(transaction, step)?;
        let progress = Progress::begin(&step.text, rows);
        if let Some(index) = &step.index
            && let Some(too_long) = &index.too_long
            && transaction.query_row(too_long, [], |row| row.get(0))?
        {
            progress.end();
            problems.push(index.refused());
            continue;
        }
        let done = transaction.execute_batch(&step.text);
        progress.end();
        let Err(error) = done else { continue };
        match &step.index {
            Some(index) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                problems.push(index.taken());
            }
            _ => {
                return Err(refused(format!(
                    "the database cannot be migrated: {error}, in: {}",
                    step.text
                )));
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Unfit(problems))
    }
}

/// How many rows a step looks at.
fn rows(transaction: &Transaction<'_>, step: &Step) -> Result<u64, StoreError> {
    let Some(index) = &step.index else {
        return Ok(0);
    };
    let count = format!("SELECT count(*) FROM {}", index.table);
    let count: i64 = transaction.query_row(&count, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Notes what the table is like now: for the next start, and for reading the log later.
fn remember(connection: &Connection, table: &Table) -> Result<(), StoreError> {
    let (name, layout) = (table.schema.name, &table.layout);
    connection.execute(
        "INSERT INTO sockful_schema (hash, resource, fields) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        [&layout.hash, name, &layout.text],
    )?;
    meta::set(connection, &schema_key(name), &layout.hash)
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

/// Whether a table of our own is there. Another program may have given its name to something else.
fn is_ours(connection: &Connection, name: &str, statement: &str) -> Result<bool, StoreError> {
    let mut made = connection.prepare_cached("SELECT sql FROM sqlite_schema WHERE name = ?1")?;
    let found: Option<Option<String>> = made.query_row([name], |row| row.get(0)).optional()?;
    match found {
        None => Ok(false),
        Some(Some(found)) if found == statement => Ok(true),
        Some(_) => Err(not_ours(name)),
    }
}

#[cfg(test)]
mod tests;
