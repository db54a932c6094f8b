//! Runs the migrations that somebody has written.

use super::connection::Link;
use super::error::{refused, told};
use super::{inspect, split};
use crate::store::StoreError;
use crate::store::sql::migrate::numbered::{Ran, code, is_transaction, pending};
use crate::store::sql::migrate::{Migration, Progress};

/// Those that are to be run, in their order.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) async fn waiting<'a>(
    link: &Link,
    migrations: &'a [Migration],
) -> Result<Vec<&'a Migration>, StoreError> {
    let text = "SELECT name, checksum FROM sockful_migrations ORDER BY name";
    let rows = link.rows(text, Vec::new()).await?;
    let ran = rows.iter().map(|row| {
        Ok(Ran {
            name: row.try_get(0)?,
            checksum: row.try_get(1)?,
        })
    });
    let ran: Vec<_> = ran.collect::<Result<_, StoreError>>()?;
    pending(migrations, &ran).map_err(StoreError::Unfit)
}

/// Runs one and records that. Answers its statements.
///
/// # Errors
/// If one of them fails; the message names both.
pub(super) async fn run(
    link: &Link,
    schema: &str,
    migration: &Migration,
) -> Result<Vec<String>, StoreError> {
    let name = &migration.name;
    let mut done = Vec::new();
    let needless = match migration.only_if() {
        Some(table) => inspect::find(link, schema, table).await?.is_none(),
        None => false,
    };
    if needless {
        tracing::info!("the migration `{name}` has nothing to do: its table is not there");
    } else {
        let progress = Progress::begin_long(name);
        done = statements(link, migration).await?;
        progress.end();
    }
    let text =
        "INSERT INTO sockful_migrations (name, checksum, at) VALUES ($1, $2, clock_timestamp())";
    let values = vec![
        Box::new(name.clone()) as _,
        Box::new(migration.checksum()) as _,
    ];
    link.rows(text, values).await?;
    Ok(done)
}

async fn statements(link: &Link, migration: &Migration) -> Result<Vec<String>, StoreError> {
    let mut done = Vec::new();
    for statement in split::statements(&migration.text) {
        let failed = |error: &str| refused(migration.failed(done.len() + 1, statement, error));
        if is_transaction(statement) {
            let why = "migrations share one transaction, which no statement may begin or end";
            return Err(failed(why));
        }
        let run = link.execute(statement).await;
        run.map_err(|error| failed(&told(&error)))?;
        done.push(code(statement).to_owned());
    }
    Ok(done)
}
