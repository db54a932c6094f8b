//! Foreign keys of tables that may hold rows already.

use super::connection::Link;
use super::error::{Error, told};
use crate::store::sql::migrate::NewKey;
use crate::store::sql::{ForeignKey, quoted};

/// Makes a foreign key. Where records name parents that are not there it holds for what is written from now on: a server
/// that has worked with them so far shall not fail to start for them. Where the database will not have the key, as for a
/// table of others, there is none. Of both whoever starts the server is warned.
///
/// # Errors
/// If the database cannot be asked.
pub(super) async fn make(link: &Link, text: &str, key: &NewKey) -> Result<(), Error> {
    link.execute("SAVEPOINT key").await?;
    let warning = match try_make(link, text, key).await {
        Ok(0) => None,
        Ok(count) => Some(format!(
            "{} names parents that are not in `{}`, in {count} of the records: what is written from now on must name one \
             that is there; give the others one as well, then run `ALTER TABLE {} VALIDATE CONSTRAINT {}`",
            key.place, key.parent.table, key.table, key.name
        )),
        Err(error) if is_of_the_table(&error) => {
            link.execute("ROLLBACK TO key").await?;
            Some(format!(
                "{} has no foreign key in the database, which says: {}",
                key.place,
                told(&error)
            ))
        }
        Err(error) => return Err(error),
    };
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
    link.execute("RELEASE key").await
}

/// Answers how many records it does not hold for.
async fn try_make(link: &Link, text: &str, key: &NewKey) -> Result<i64, Error> {
    // What is counted stays so.
    let parents = quoted(key.parent.table);
    let lock = format!(
        "LOCK TABLE {}, {parents} IN SHARE ROW EXCLUSIVE MODE",
        key.table
    );
    link.execute(&lock).await?;
    let count = count(link, &key.table, &key.column, &key.parent).await?;
    let valid = if count == 0 { "" } else { " NOT VALID" };
    link.execute(&format!("{text}{valid}")).await?;
    Ok(count)
}

/// How many rows of a table name a parent by a column that is not there. Both names are quoted.
pub(super) async fn count(
    link: &Link,
    table: &str,
    column: &str,
    key: &ForeignKey,
) -> Result<i64, Error> {
    let text = format!(
        "SELECT count(*) FROM {table} AS child WHERE child.{column} IS NOT NULL \
         AND NOT EXISTS (SELECT FROM {} AS parent WHERE parent.{} = child.{column})",
        quoted(key.table),
        quoted(key.column)
    );
    let rows = link.rows(&text, Vec::new()).await?;
    rows.first().map_or(Ok(0), |row| row.try_get(0))
}

/// Whether the database refuses what is asked of this table: it belongs to somebody else, or is of a kind that has no such key.
fn is_of_the_table(error: &Error) -> bool {
    error.code().is_some_and(|it| it.code().starts_with("42"))
}
