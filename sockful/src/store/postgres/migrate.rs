//! Brings a database up to what the resources need, when it is opened.

use std::collections::HashSet;
use std::sync::Arc;

use tokio_postgres::error::SqlState;

use super::connection::Link;
use super::error::{Error, refused, told};
use super::tables::{Table, Tables};
use super::{dialect, inspect, meta, numbered};
use crate::store::sql::migrate::numbered::hint_for_new;
use crate::store::sql::migrate::{Asked, Migration, Plan, Progress, Step, plan as plan_of};
use crate::store::sql::{Column, quoted};
use crate::store::{Opened, StoreError};

/// What a start asks of a database.
pub(super) struct Wish {
    pub(super) tables: Arc<Tables>,
    pub(super) migrations: Arc<[Migration]>,
    /// If not, a database that lacks anything is refused.
    pub(super) allowed: bool,
    /// The schema of the tables.
    pub(super) schema: String,
    /// The key of the lock that one node has at a time.
    pub(super) lock: i64,
}

/// Brings the database up to what is wished, in one transaction. Of several nodes that start at once, one does it
/// after the other.
///
/// # Errors
/// Everything that no statement can bring about; then nothing is changed.
pub(super) async fn run(link: &Link, wish: &Wish) -> Result<Opened, StoreError> {
    let draft = begin(link, wish).await?;
    let texts = draft.texts();
    if !wish.allowed && !texts.is_empty() {
        return Err(refused(format!(
            "migrations are switched off, and the database lacks:\n{}",
            texts.join(";\n")
        )));
    }
    for warning in &draft.plan.warnings {
        tracing::warn!("{warning}");
    }
    do_all(link, &draft.plan.steps).await?;
    for table in wish.tables.iter() {
        remember(link, table).await?;
    }
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
pub(super) async fn plan(link: &Link, wish: &Wish) -> Result<Vec<String>, StoreError> {
    let draft = begin(link, wish).await?;
    link.execute("ROLLBACK").await?;
    Ok(draft.texts())
}

/// What was done so far, and what is still to be done.
struct Draft {
    done: Vec<String>,
    plan: Plan,
}

impl Draft {
    fn texts(&self) -> Vec<String> {
        let steps = self.plan.steps.iter().map(|step| &step.text);
        self.done.iter().chain(steps).cloned().collect()
    }
}

/// Begins a transaction, makes our own tables, runs the migrations that were written, since only then it is known
/// what else is missing, and plans that.
async fn begin(link: &Link, wish: &Wish) -> Result<Draft, StoreError> {
    // As long as it takes, with the wait for other nodes.
    let begin = "BEGIN; SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0";
    link.execute(begin).await?;
    link.rows(
        "SELECT pg_advisory_xact_lock($1)",
        vec![Box::new(wish.lock)],
    )
    .await?;
    let mut done = Vec::new();
    let text = "SELECT FROM pg_namespace WHERE nspname = $1";
    let there = link.rows(text, vec![Box::new(wish.schema.clone())]).await?;
    if there.is_empty() {
        done.push(format!("CREATE SCHEMA {}", quoted(&wish.schema)));
    }
    let ours = ours(link, &wish.schema).await?;
    let missing = meta::TABLES
        .iter()
        .filter(|(name, _)| !ours.contains(*name));
    done.extend(missing.map(|(_, statement)| (*statement).to_owned()));
    let made = link.execute(&done.join(";\n")).await;
    made.map_err(|error| unmade(&error, &done.join(";\n")))?;
    meta::check_format(link).await?;

    let waiting = numbered::waiting(link, &wish.migrations).await?;
    if !wish.allowed && !waiting.is_empty() {
        let not_run = |it: &&Migration| {
            let name = &it.name;
            format!("migrations are switched off, and the migration `{name}` was not run")
        };
        return Err(StoreError::Unfit(waiting.iter().map(not_run).collect()));
    }
    for migration in &waiting {
        let ran = numbered::run(link, &wish.schema, migration).await;
        let new = !ours.contains("sockful_meta");
        done.extend(ran.map_err(|error| if new { hinted(&error) } else { error })?);
    }
    let plan = missing_of(link, wish, &waiting).await?;
    Ok(Draft { done, plan })
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
    wish: &Wish,
    migrations: &[&Migration],
) -> Result<Plan, StoreError> {
    let mut asked = Vec::new();
    for table in wish.tables.iter() {
        let recorded = meta::get(link, &key(table.schema.name)).await?;
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
            found: inspect::find(link, &wish.schema, name).await?,
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
        if let Some(index) = &step.index
            && let Some(too_long) = &index.too_long
            && link.rows(too_long, Vec::new()).await?[0].try_get(0)?
        {
            problems.push(index.refused());
            continue;
        }
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
