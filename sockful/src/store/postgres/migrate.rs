//! Brings a database up to what the resources need, when it is opened.

use std::collections::HashSet;

use tokio_postgres::error::SqlState;

use super::connection::Link;
use super::error::{refused, told};
use super::tables::{Table, Tables};
use super::{dialect, inspect, meta};
use crate::store::sql::migrate::{Asked, Plan, Progress, Step, plan as plan_of};
use crate::store::sql::{Column, quoted};
use crate::store::{Opened, StoreError};

/// Brings the database up to what these tables ask for, in one transaction. If that is not `allowed`, a
/// database that lacks anything is refused. Of several nodes that start at once, one does it after the other.
pub(super) async fn run(
    link: &Link,
    tables: &Tables,
    (schema, lock): (&str, i64),
    allowed: bool,
) -> Result<Opened, StoreError> {
    // As long as it takes, with the wait for other nodes.
    let begin = "BEGIN; SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0";
    link.execute(begin).await?;
    link.rows("SELECT pg_advisory_xact_lock($1)", vec![Box::new(lock)])
        .await?;
    let plan = make(link, tables, schema).await?;
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
    do_all(link, &plan.steps).await?;
    meta::check_format(link).await?;
    for table in tables.iter() {
        remember(link, table).await?;
    }
    let opened = meta::opened(link).await?;
    link.execute("COMMIT").await?;
    // They were prepared for tables as they were.
    link.forget();
    Ok(opened)
}

/// The statements that the database needs, in their order.
///
/// # Errors
/// What no statement can bring about, by table and column.
pub(super) async fn plan(
    link: &Link,
    tables: &Tables,
    schema: &str,
) -> Result<Vec<String>, StoreError> {
    link.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        .await?;
    let plan = make(link, tables, schema).await?;
    link.execute("ROLLBACK").await?;
    Ok(plan.steps.into_iter().map(|step| step.text).collect())
}

async fn make(link: &Link, tables: &Tables, schema: &str) -> Result<Plan, StoreError> {
    let mut steps = Vec::new();
    let text = "SELECT FROM pg_namespace WHERE nspname = $1";
    let there = link.rows(text, vec![Box::new(schema.to_owned())]).await?;
    if there.is_empty() {
        steps.push(Step::new(format!("CREATE SCHEMA {}", quoted(schema))));
    }
    let ours = ours(link, schema).await?;
    let missing = meta::TABLES
        .iter()
        .filter(|(name, _)| !ours.contains(*name));
    steps.extend(missing.map(|(_, statement)| Step::new(*statement)));
    // Nothing is known of a database without our own tables.
    let known = steps.is_empty();
    let mut asked = Vec::new();
    for table in tables.iter() {
        let recorded = if known {
            meta::get(link, &key(table.schema.name)).await?
        } else {
            None
        };
        if recorded.as_deref() == Some(&*table.layout.hash) {
            continue;
        }
        let before = match recorded {
            Some(hash) => columns_of(link, &hash).await?,
            None => Vec::new(),
        };
        asked.push(Asked {
            table,
            found: inspect::find(link, schema, table.plain_name).await?,
            before,
            migrated: false,
        });
    }
    let mut plan = plan_of(&dialect::Postgres, asked).map_err(StoreError::Unfit)?;
    steps.append(&mut plan.steps);
    Ok(Plan { steps, ..plan })
}

/// Does every step that can be done, so that all that cannot are told at once.
async fn do_all(link: &Link, steps: &[Step]) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    for step in steps {
        let rows = rows(link, step).await?;
        let progress = Progress::begin(&step.text, rows);
        // A statement that fails would otherwise end the transaction.
        let text = match &step.index {
            Some(_) => format!("SAVEPOINT step; {}; RELEASE step", step.text),
            None => step.text.clone(),
        };
        let done = link.execute(&text).await;
        progress.end();
        let Err(error) = done else { continue };
        match &step.index {
            Some(index) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                link.execute("ROLLBACK TO step").await?;
                problems.push(index.taken());
            }
            _ => {
                return Err(refused(format!(
                    "the database cannot be migrated: {}, in: {}",
                    told(&error),
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

/// About how many rows a step looks at.
async fn rows(link: &Link, step: &Step) -> Result<u64, StoreError> {
    let Some(index) = &step.index else {
        return Ok(0);
    };
    let text = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)";
    let rows = link.rows(text, vec![Box::new(index.table.clone())]).await?;
    let rows: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(rows.unwrap_or(0).unsigned_abs())
}

fn key(resource: &str) -> String {
    format!("schema.{resource}")
}

/// Notes what the table is like now: for the next start, and for reading the log later.
async fn remember(link: &Link, table: &Table) -> Result<(), StoreError> {
    let (name, layout) = (table.schema.name, &table.layout);
    let values = [&layout.hash, name, &layout.text].map(|it| Box::new(it.to_owned()) as _);
    let text = "INSERT INTO sockful_schema (hash, resource, fields) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    link.rows(text, Vec::from(values)).await?;
    Ok(meta::set(link, &key(name), &layout.hash).await?)
}

async fn columns_of(link: &Link, hash: &str) -> Result<Vec<Column>, StoreError> {
    let text = "SELECT fields FROM sockful_schema WHERE hash = $1";
    let rows = link.rows(text, vec![Box::new(hash.to_owned())]).await?;
    let fields: Option<String> = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(fields
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// What there is under the names of our own tables and indexes.
async fn ours(link: &Link, schema: &str) -> Result<HashSet<String>, StoreError> {
    let text = "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
                WHERE nspname = $1 AND relname::text = ANY ($2::text[])";
    let names: Vec<_> = meta::TABLES.iter().map(|(name, _)| *name).collect();
    let rows = link
        .rows(text, vec![Box::new(schema.to_owned()), Box::new(names)])
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?)
}
