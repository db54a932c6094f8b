//! Brings a database up to what the resources need, when it is opened.

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior};

use super::error::refused;
use super::tables::Tables;
use super::{dialect, inspect, meta};
use crate::store::sql::migrate::{Asked, Plan, Progress, Step, plan as plan_of};
use crate::store::sql::{Column, Table};
use crate::store::{Opened, StoreError};

/// Brings the database up to what these tables ask for, in one transaction. If that is not `allowed`, a
/// database that lacks anything is refused.
pub(super) fn run(
    connection: &mut Connection,
    tables: &Tables,
    allowed: bool,
) -> Result<Opened, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let plan = make(&transaction, tables)?;
    if !allowed && !plan.steps.is_empty() {
        let lacks: Vec<_> = plan.steps.iter().map(|step| &*step.text).collect();
        return Err(refused(format!(
            "migrations are switched off, and the database lacks:\n{}",
            lacks.join(";\n")
        )));
    }
    for warning in &plan.warnings {
        tracing::warn!("{warning}");
    }
    do_all(&transaction, &plan.steps)?;
    meta::check_format(&transaction)?;
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
pub(super) fn plan(
    connection: &mut Connection,
    tables: &Tables,
) -> Result<Vec<String>, StoreError> {
    let moment = connection.transaction()?;
    let plan = make(&moment, tables)?;
    Ok(plan.steps.into_iter().map(|step| step.text).collect())
}

fn make(transaction: &Transaction<'_>, tables: &Tables) -> Result<Plan, StoreError> {
    let mut steps = Vec::new();
    for (name, statement) in meta::TABLES {
        if !exists(transaction, name)? {
            steps.push(Step::new(statement));
        }
    }
    // Nothing is known of a database without our own tables.
    let known = steps.is_empty();
    let mut asked = Vec::new();
    for table in tables.iter() {
        let recorded = if known {
            meta::get(transaction, &key(table.schema.name))?
        } else {
            None
        };
        if recorded.as_deref() == Some(&*table.layout.hash) {
            continue;
        }
        let before = match recorded {
            Some(hash) => columns_of(transaction, &hash)?,
            None => Vec::new(),
        };
        asked.push(Asked {
            table,
            found: inspect::find(transaction, table.plain_name)?,
            before,
        });
    }
    let mut plan = plan_of(&dialect::Sqlite, asked).map_err(StoreError::Unfit)?;
    steps.append(&mut plan.steps);
    Ok(Plan { steps, ..plan })
}

/// Does every step that can be done, so that all that cannot are told at once.
fn do_all(transaction: &Transaction<'_>, steps: &[Step]) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    for step in steps {
        let rows = rows(transaction, step)?;
        let progress = Progress::begin(&step.text, rows);
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

fn exists(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = ?1")?;
    Ok(statement.exists([name])?)
}
