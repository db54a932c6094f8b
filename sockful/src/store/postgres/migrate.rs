//! Makes what the resources need and the database lacks.

use super::connection::Link;
use super::error::{refused, told};
use super::meta;
use super::tables::{Table, Tables};
use crate::schema::Field;
use crate::store::sql::{Dialect, REV, quoted};
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
    link.execute("BEGIN; SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0")
        .await?;
    link.rows("SELECT pg_advisory_xact_lock($1)", vec![Box::new(lock)])
        .await?;
    let plan = plan(link, tables, schema).await?;
    if !allowed && !plan.is_empty() {
        return Err(refused(format!(
            "migrations are switched off, and the database lacks:\n{}",
            plan.join(";\n")
        )));
    }
    for statement in &plan {
        link.execute(statement).await.map_err(|error| {
            refused(format!(
                "the database cannot be migrated: {}, in: {statement}",
                told(&error)
            ))
        })?;
    }
    meta::check_format(link).await?;
    for table in tables.iter() {
        remember(link, table).await?;
    }
    let opened = meta::opened(link).await?;
    link.execute("COMMIT").await?;
    Ok(opened)
}

/// The statements that the database needs, in their order.
pub(super) async fn plan(
    link: &Link,
    tables: &Tables,
    schema: &str,
) -> Result<Vec<String>, StoreError> {
    let mut plan = Vec::new();
    let text = "SELECT FROM pg_namespace WHERE nspname = $1";
    let there = link.rows(text, vec![Box::new(schema.to_owned())]).await?;
    if there.is_empty() {
        plan.push(format!("CREATE SCHEMA {}", quoted(schema)));
    }
    for (name, statement) in meta::TABLES {
        if !exists(link, schema, name).await? {
            plan.push(statement.to_owned());
        }
    }
    for table in tables.iter() {
        if !exists(link, schema, table.schema.name).await? {
            plan.push(create(table));
        }
        for field in &table.schema.fields {
            if let Some((name, statement)) = index(table, field)
                && !exists(link, schema, &name).await?
            {
                plan.push(statement);
            }
        }
    }
    Ok(plan)
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

async fn exists(link: &Link, schema: &str, name: &str) -> Result<bool, StoreError> {
    let text = "SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
                WHERE nspname = $1 AND relname = $2";
    let values = [schema, name].map(|it| Box::new(it.to_owned()) as _);
    Ok(!link.rows(text, Vec::from(values)).await?.is_empty())
}

fn create(table: &Table) -> String {
    let fields = table.schema.fields.iter();
    let columns = fields.map(|field| {
        let key = if field.words.id { " PRIMARY KEY" } else { "" };
        format!("{}{key}", definition(field))
    });
    let rev = table.schema.rev.is_none();
    let rev = rev.then(|| format!("{} bigint NOT NULL", quoted(REV)));
    let columns: Vec<_> = columns.chain(rev).collect();
    format!("CREATE TABLE {} ({})", table.name(), columns.join(", "))
}

fn definition(field: &Field) -> String {
    let kind = super::dialect::Postgres.column_type(field.kind);
    let null = if field.nullable { "" } else { " NOT NULL" };
    format!("{} {kind}{null}", quoted(field.name))
}

/// The name of the index of a field, and the statement that makes it.
fn index(table: &Table, field: &Field) -> Option<(String, String)> {
    let (name, column) = (table.schema.name, quoted(field.name));
    if field.words.unique {
        let index = format!("{name}_{}_unique", field.name);
        let statement = format!(
            "ALTER TABLE {} ADD CONSTRAINT {} UNIQUE ({column}) DEFERRABLE",
            table.name(),
            quoted(&index)
        );
        return Some((index, statement));
    }
    let index = format!("{name}_{}_index", field.name);
    let statement = format!(
        "CREATE INDEX {} ON {} ({column} NULLS FIRST)",
        quoted(&index),
        table.name()
    );
    field.words.index.then_some((index, statement))
}
