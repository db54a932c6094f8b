//! Brings a database up to what the resources need, when it is opened.

use std::sync::Arc;

use tokio_postgres::error::SqlState;

use super::connection::Link;
use super::error::{Error, refused, told};
use super::life::{Life, SYNCED};
use super::own::Ours;
use super::tables::{Table, Tables};
use super::{dialect, inspect, keys, meta, numbered};
use crate::store::sql::meta::schema_key;
use crate::store::sql::migrate::numbered::hint_for_new;
use crate::store::sql::migrate::{
    Asked, Migration, Plan, Prepared, Progress, Step, check_run, plan as plan_of,
};
use crate::store::sql::{Column, quoted};
use crate::store::{Opened, StoreError};

/// What a start asks of a database.
pub(super) struct Start {
    pub(super) tables: Arc<Tables>,
    pub(super) migrations: Arc<[Migration]>,
    /// If not, a database that lacks anything is refused.
    pub(super) allowed: bool,
    /// The schema of the tables.
    pub(super) schema: String,
    /// The key of the lock that one node has at a time.
    pub(super) lock: i64,
}

/// Brings the database up to what a start asks for, in one transaction. Of several nodes that start at once, one does it
/// after the other.
///
/// # Errors
/// Everything that no statement can bring about; then nothing is changed.
pub(super) async fn run(link: &Link, start: &Start, life: &Life) -> Result<Opened, StoreError> {
    let prepared = begin(link, start).await?;
    prepared.check(start.allowed)?;
    prepared.warn();
    do_all(link, &prepared.plan.steps).await?;
    for table in start.tables.iter() {
        remember(link, table).await?;
    }
    link.execute(SYNCED).await?;
    life.note(link).await?;
    let opened = meta::opened(link).await?;
    link.execute("COMMIT").await?;
    // They were prepared for tables as they were.
    link.forget();
    Ok(opened)
}

/// The statements that the database needs, in their order. Nothing is changed.
///
/// # Errors
/// As [`run`].
pub(super) async fn plan(link: &Link, start: &Start) -> Result<Vec<String>, StoreError> {
    let prepared = begin(link, start).await?;
    link.execute("ROLLBACK").await?;
    Ok(prepared.texts())
}

/// Begins a transaction, makes our own tables, runs the migrations that were written, since only then it is known
/// what else is missing, and plans that.
async fn begin(link: &Link, start: &Start) -> Result<Prepared, StoreError> {
    // As long as it takes, with the wait for other nodes.
    let begin = "BEGIN; SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0";
    link.execute(begin).await?;
    link.rows(
        "SELECT pg_advisory_xact_lock($1)",
        vec![Box::new(start.lock)],
    )
    .await?;
    let mut done = Vec::new();
    let text = "SELECT FROM pg_namespace WHERE nspname = $1";
    let there = link
        .rows(text, vec![Box::new(start.schema.clone())])
        .await?;
    if there.is_empty() {
        done.push(format!("CREATE SCHEMA {}", quoted(&start.schema)));
    }
    let ours = Ours::find(link, &start.schema).await?;
    if ours.is_known() {
        // What a later version has made is not judged by what this one would make.
        meta::check_format(link).await?;
    }
    done.extend(ours.missing()?);
    let made = link.execute(&done.join(";\n")).await;
    made.map_err(|error| unmade(&error, &done.join(";\n")))?;
    meta::set_format(link).await?;

    let waiting = numbered::waiting(link, &start.migrations).await?;
    check_run(&waiting, start.allowed)?;
    for migration in &waiting {
        let ran = numbered::run(link, &start.schema, migration).await;
        done.extend(ran.map_err(|error| {
            if ours.is_known() {
                error
            } else {
                hinted(&error)
            }
        })?);
    }
    let plan = missing_of(link, start, &waiting).await?;
    Ok(Prepared { done, plan })
}

fn hinted(error: &StoreError) -> StoreError {
    refused(format!("{error}; {}", hint_for_new()))
}

fn unmade(error: &Error, text: &str) -> StoreError {
    refused(format!(
        "the database cannot be migrated: {}, in: {text}",
        told(error)
    ))
}

/// What the tables lack, after these migrations.
async fn missing_of(
    link: &Link,
    start: &Start,
    migrations: &[&Migration],
) -> Result<Plan, StoreError> {
    let mut asked = Vec::new();
    for table in start.tables.iter() {
        let recorded = meta::get(link, &schema_key(table.schema.name)).await?;
        if recorded.as_deref() == Some(&*table.layout.hash) && migrations.is_empty() {
            continue;
        }
        let before = match recorded {
            Some(hash) => columns_of(link, &hash).await?,
            None => Vec::new(),
        };
        let name = table.plain_name;
        asked.push(Asked {
            table,
            found: inspect::find(link, &start.schema, name).await?,
            before,
            migrated: migrations.iter().any(|it| it.mentions(name)),
        });
    }
    plan_of(&dialect::Postgres, asked).map_err(StoreError::Unfit)
}

/// Does every step that can be done, so that all that cannot are told at once.
async fn do_all(link: &Link, steps: &[Step]) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    for step in steps {
        let rows = rows(link, step).await?;
        let progress = Progress::begin(&step.text, rows);
        if let Some(index) = &step.index
            && let Some(too_long) = &index.too_long
            && link.rows(too_long, Vec::new()).await?[0].try_get(0)?
        {
            progress.end();
            problems.push(index.refused());
            continue;
        }
        if let Some(key) = &step.key {
            let made = keys::make(link, &step.text, key).await;
            progress.end();
            made.map_err(|error| unmade(&error, &step.text))?;
            continue;
        }
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
                return Err(unmade(&error, &step.text));
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
    let index = step.index.as_ref().map(|index| &index.table);
    let Some(table) = index.or(step.key.as_ref().map(|key| &key.table)) else {
        return Ok(0);
    };
    let text = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass($1)";
    let rows = link.rows(text, vec![Box::new(table.clone())]).await?;
    let rows: Option<i64> = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(rows.unwrap_or(0).unsigned_abs())
}

/// Notes what the table is like now: for the next start, and for reading the log later.
async fn remember(link: &Link, table: &Table) -> Result<(), StoreError> {
    let (name, layout) = (table.schema.name, &table.layout);
    let values = [&layout.hash, name, &layout.text].map(|it| Box::new(it.to_owned()) as _);
    let text = "INSERT INTO sockful_schema (hash, resource, fields) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    link.rows(text, Vec::from(values)).await?;
    Ok(meta::set(link, &schema_key(name), &layout.hash).await?)
}

async fn columns_of(link: &Link, hash: &str) -> Result<Vec<Column>, StoreError> {
    let text = "SELECT fields FROM sockful_schema WHERE hash = $1";
    let rows = link.rows(text, vec![Box::new(hash.to_owned())]).await?;
    let fields: Option<String> = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(fields
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}
