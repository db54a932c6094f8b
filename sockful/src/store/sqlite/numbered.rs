//! Runs the migrations that somebody has written.

use std::collections::BTreeMap;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, Statement};

use super::error::refused;
use super::inspect;
use crate::store::StoreError;
use crate::store::sql::migrate::numbered::{Ran, code, is_transaction, pending};
use crate::store::sql::migrate::{Migration, Progress};

/// Those that are to be run, in their order.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn waiting<'a>(
    connection: &Connection,
    migrations: &'a [Migration],
) -> Result<Vec<&'a Migration>, StoreError> {
    let mut statement =
        connection.prepare("SELECT name, checksum FROM sockful_migrations ORDER BY name")?;
    let ran = statement.query_map([], |row| {
        Ok(Ran {
            name: row.get(0)?,
            checksum: row.get(1)?,
        })
    })?;
    let ran: Vec<_> = ran.collect::<Result<_, _>>()?;
    pending(migrations, &ran).map_err(StoreError::Unfit)
}

/// Runs one and records that. Answers its statements.
///
/// # Errors
/// If one of them fails; the message names both.
pub(super) fn run(
    connection: &Connection,
    migration: &Migration,
) -> Result<Vec<String>, StoreError> {
    let name = &migration.name;
    let mut done = Vec::new();
    match migration.only_if() {
        Some(table) if inspect::find(connection, table)?.is_none() => {
            tracing::info!("the migration `{name}` has nothing to do: there is no table `{table}`");
        }
        _ => {
            let progress = Progress::begin_long(name);
            done = statements(connection, migration)?;
            progress.end();
        }
    }
    connection.execute(
        "INSERT INTO sockful_migrations (name, checksum, at) VALUES (?1, ?2, ?3)",
        (
            name,
            migration.checksum(),
            jiff::Timestamp::now().as_microsecond(),
        ),
    )?;
    Ok(done)
}

fn statements(connection: &Connection, migration: &Migration) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    let mut batch = Batch::new(connection, &migration.text);
    // What was not run yet.
    let mut rest = &*migration.text;
    loop {
        let failed = |error: &str| refused(migration.failed(done.len() + 1, rest, error));
        let statement = match batch.next() {
            Ok(Some(statement)) => statement,
            Ok(None) => return Ok(done),
            Err(rusqlite::Error::SqlInputError { msg, .. }) => return Err(failed(&msg)),
            Err(error) => return Err(failed(&error.to_string())),
        };
        let text = statement.expanded_sql().unwrap_or_default();
        if is_transaction(&text) {
            let why = "migrations share one transaction, which no statement may begin or end";
            return Err(failed(why));
        }
        exhaust(statement).map_err(|error| failed(&error.to_string()))?;
        let end = rest.find(&text).map_or(0, |start| start + text.len());
        rest = &rest[end..];
        done.push(code(&text).trim_end_matches(';').to_owned());
    }
}

/// Runs a statement, which may answer rows.
fn exhaust(mut statement: Statement<'_>) -> rusqlite::Result<()> {
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

/// How many rows of one table refer to rows of another which are not there.
type Broken = BTreeMap<(String, String), i64>;

/// The references that lead nowhere.
pub(super) fn broken_references(connection: &Connection) -> Result<Broken, StoreError> {
    let mut statement = connection.prepare(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    )?;
    let broken = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    Ok(broken.collect::<Result<_, _>>()?)
}

/// Sees that every reference leads somewhere: while migrations run, nothing is checked, so that a table can be
/// made anew in the place of an old one. What was broken before they ran is not their fault.
///
/// # Errors
/// If more lead nowhere than before.
pub(super) fn check_references(connection: &Connection, before: &Broken) -> Result<(), StoreError> {
    let now = broken_references(connection)?;
    let worse = now
        .iter()
        .filter(|(tables, count)| before.get(*tables).is_none_or(|before| before < *count));
    let told = worse.map(|((table, parent), _)| {
        format!(
            "the migrations leave rows in `{table}` that refer to rows of `{parent}` which are not there"
        )
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Unfit(told))
    }
}
