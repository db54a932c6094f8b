//! What the database has under the name of a table.

use super::connection::{Link, Parameters};
use crate::store::StoreError;
use crate::store::sql::migrate::{Found, FoundColumn, FoundIndex, FoundKey};
use crate::store::sql::quoted;

/// A relation of a schema by its name: `$1` and `$2`.
const RELATION: &str = "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
     WHERE nspname = $1 AND relname = $2";

/// The table of this name, if there is anything.
pub(super) async fn find(
    link: &Link,
    schema: &str,
    table: &str,
) -> Result<Option<Found>, StoreError> {
    // A table, or one in partitions.
    let text = format!("SELECT relkind IN ('r', 'p') {RELATION}");
    let rows = link.rows(&text, names(schema, table)).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if !row.try_get::<_, bool>(0)? {
        return Ok(Some(Found::other()));
    }
    let filled = format!("SELECT EXISTS (SELECT FROM {})", quoted(table));
    Ok(Some(Found {
        is_table: true,
        filled: link.one(&filled, Vec::new()).await?.try_get(0)?,
        columns: columns(link, schema, table).await?,
        indexes: indexes(link, schema, table).await?,
        keys: keys(link, schema, table).await?,
    }))
}

fn names(schema: &str, table: &str) -> Parameters {
    let names = [schema, table].map(|it| Box::new(it.to_owned()) as _);
    Vec::from(names)
}

async fn columns(link: &Link, schema: &str, table: &str) -> Result<Vec<FoundColumn>, StoreError> {
    // The collation of the database has no name of its own; before version 15 it was always one of the system.
    let text = format!(
        "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, \
         atthasdef OR attidentity <> '', \
         EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND attnum = ANY (indkey)), \
         attgenerated <> '', \
         CASE WHEN collname = 'default' THEN \
         (SELECT CASE WHEN coalesce(to_jsonb(it) ->> 'datlocprovider', 'c') = 'c' \
         THEN datcollate ELSE 'a language' END FROM pg_database AS it WHERE datname = current_database()) ELSE collname END::text \
         FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation \
         WHERE attrelid = (SELECT pg_class.oid {RELATION}) AND attnum > 0 AND NOT attisdropped \
         ORDER BY attnum"
    );
    let rows = link.rows(&text, names(schema, table)).await?;
    let columns = rows.iter().map(|row| {
        let collation: Option<String> = row.try_get(6)?;
        Ok(FoundColumn {
            name: row.try_get(0)?,
            declared: row.try_get(1)?,
            not_null: row.try_get(2)?,
            default: row.try_get(3)?,
            key: row.try_get(4)?,
            generated: row.try_get(5)?,
            collation: collation.filter(|it| !is_by_code_point(it)),
        })
    });
    columns.collect()
}

/// In UTF-8 the order of bytes is that of code points.
fn is_by_code_point(collation: &str) -> bool {
    ["C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8"].contains(&collation)
}

async fn indexes(link: &Link, schema: &str, table: &str) -> Result<Vec<FoundIndex>, StoreError> {
    // The columns that are only carried along come after the keys; an expression has the number 0.
    let text = format!(
        "SELECT index.relname::text, indisunique, \
         ARRAY (SELECT (SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = key.number) \
         FROM unnest(indkey::int2[]) WITH ORDINALITY AS key (number, place) WHERE place <= indnkeyatts ORDER BY place), \
         indpred IS NULL AND indisvalid \
         AND NOT EXISTS (SELECT FROM unnest(indkey::int2[]) WITH ORDINALITY AS key (number, place) \
         JOIN unnest(indcollation::oid[]) WITH ORDINALITY AS sorted (oid, place) USING (place) \
         JOIN pg_attribute ON attrelid = indrelid AND attnum = key.number \
         WHERE sorted.oid <> attcollation) \
         FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid \
         WHERE NOT indisprimary AND indrelid = (SELECT pg_class.oid {RELATION}) ORDER BY index.relname"
    );
    let rows = link.rows(&text, names(schema, table)).await?;
    let indexes = rows.iter().map(|row| {
        Ok(FoundIndex {
            name: row.try_get(0)?,
            unique: row.try_get(1)?,
            columns: row.try_get(2)?,
            whole: row.try_get(3)?,
        })
    });
    indexes.collect()
}

async fn keys(link: &Link, schema: &str, table: &str) -> Result<Vec<FoundKey>, StoreError> {
    // A table of another schema is none that is asked for, whatever its name.
    let text = format!(
        "SELECT conname::text, \
         ARRAY (SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place) \
         JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number ORDER BY place), \
         CASE WHEN space.nspname = $1 THEN '' ELSE space.nspname || '.' END || parent.relname \
         FROM pg_constraint JOIN pg_class AS parent ON parent.oid = confrelid \
         JOIN pg_namespace AS space ON space.oid = parent.relnamespace \
         WHERE contype = 'f' AND conrelid = (SELECT pg_class.oid {RELATION}) ORDER BY conname"
    );
    let rows = link.rows(&text, names(schema, table)).await?;
    let keys = rows.iter().map(|row| {
        Ok(FoundKey {
            name: Some(row.try_get(0)?),
            columns: row.try_get(1)?,
            table: row.try_get(2)?,
        })
    });
    keys.collect()
}
