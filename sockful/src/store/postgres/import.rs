//! Takes over what an SQLite store holds.

use tokio::sync::mpsc;

use super::batch::DEFER;
use super::commit::arrays;
use super::connection::{Link, Parameters, Role};
use super::error::{ended, refused};
use super::life::Life;
use super::migrate::{self, Start};
use super::tables::Tables;
use super::{Postgres, keys, meta};
use crate::row::Value;
use crate::schema::Schema;
use crate::store::sql::Recorded;
use crate::store::sql::handover::{Line, Part};
use crate::store::{Sqlite, StoreError, Stored};

/// What [`Postgres::import`] has taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// Records, of all resources.
    pub records: u64,
    /// Changes of the log.
    pub changes: u64,
    /// Operations of the ledger.
    pub operations: u64,
}

impl Postgres {
    /// Takes over all that an SQLite store holds: records with their ids and revisions, the log with its positions, the
    /// answers of operations, the epoch and the secret of cursors. Clients do not notice: their cursors go on, and a
    /// request that is sent again under its operation id is answered as before.
    ///
    /// `from` is one that an app was built on, so its file is up to date with the structs; only the resources of that
    /// app are taken over. Stop the server before: what is written meanwhile is not taken over. This database must hold
    /// nothing of sockful's yet. Everything is taken over, or nothing.
    ///
    /// ```no_run
    /// # use sockful::prelude::*;
    /// # use sockful::{AppBuilder, Postgres};
    /// # fn resources() -> AppBuilder { App::builder() }
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let file = Sqlite::open("app.db")?;
    /// resources().store(file.clone()).build().await?;
    /// let database = Postgres::open("postgres://app@localhost/app")?;
    /// let imported = database.import(&file).await?;
    /// println!("{} records", imported.records);
    /// let app = resources().store(database).build().await?;
    /// # drop(app);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If either database cannot be reached or read, and if this one holds anything already.
    pub async fn import(&self, from: &Sqlite) -> Result<Imported, StoreError> {
        let schemas = from.schemas()?;
        let link = self.0.target.connect(Role::Writes).await?;
        let life = Life::of(&link, &self.0.target).await?;
        let start = self.0.start(&link, &schemas).await?;
        migrate::run(&link, &start, &life).await?;
        let (send, parts) = mpsc::channel(4);
        let (exported, imported) = tokio::join!(from.export(send), take(&link, &start, parts));
        // Where one of them fails the other only notices that.
        match (exported, imported) {
            (Ok(()), Ok(Some(imported))) => Ok(imported),
            (_, Err(error)) => Err(error),
            (exported, Ok(_)) => Err(exported.err().unwrap_or_else(ended)),
        }
    }
}

/// Takes part after part in one transaction; `None` if the end is missing, and then nothing is kept.
async fn take(
    link: &Link,
    start: &Start,
    mut parts: mpsc::Receiver<Part>,
) -> Result<Option<Imported>, StoreError> {
    let begin = "BEGIN; SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0";
    link.execute(begin).await?;
    // Children may come before their parents.
    link.execute(DEFER).await?;
    let lock = "SELECT pg_advisory_xact_lock($1)";
    link.rows(lock, vec![Box::new(start.lock)]).await?;
    check_empty(link, &start.tables).await?;
    let mut imported = Imported::default();
    while let Some(part) = parts.recv().await {
        match part {
            Part::Opened(opened) => meta::set_opened(link, &opened).await?,
            Part::Layouts(layouts) => put_layouts(link, layouts).await?,
            Part::Rows(schema, rows) => {
                imported.records += rows.len() as u64;
                put_rows(link, &start.tables, &schema, rows).await?;
            }
            Part::Log(lines) => {
                imported.changes += lines.len() as u64;
                put_lines(link, lines).await?;
            }
            Part::Ledger(recorded) => {
                imported.operations += recorded.len() as u64;
                put_recorded(link, recorded).await?;
            }
            Part::End => {
                check_parents(link, &start.tables).await?;
                link.execute("COMMIT").await?;
                return Ok(Some(imported));
            }
        }
    }
    Ok(None)
}

async fn check_empty(link: &Link, tables: &Tables) -> Result<(), StoreError> {
    let ours = ["sockful_log", "sockful_ledger"].map(str::to_owned);
    let theirs = tables.iter().map(|table| table.name().to_owned());
    for name in ours.into_iter().chain(theirs) {
        let text = format!("SELECT FROM {name} LIMIT 1");
        if !link.rows(&text, Vec::new()).await?.is_empty() {
            return Err(refused(format!(
                "only an empty database can take over another: there is something in {name}"
            )));
        }
    }
    Ok(())
}

/// A file may hold what was never checked: its table is older than its foreign key, or another program has written there.
async fn check_parents(link: &Link, tables: &Tables) -> Result<(), StoreError> {
    let mut broken = Vec::new();
    for table in tables.iter() {
        for key in &table.keys {
            let count = keys::count(link, table.name(), table.column(key.field), key).await?;
            if count > 0 {
                let (name, field) = (table.plain_name, table.schema.fields[key.field].name);
                broken.push(format!(
                    "`{name}.{field}` names parents that are not in `{}`, in {count} of the records",
                    key.table
                ));
            }
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(refused(format!(
        "only records whose parents are there can be taken over: {}",
        broken.join("; ")
    )))
}

async fn put_layouts(link: &Link, layouts: Vec<[String; 3]>) -> Result<(), StoreError> {
    let text = "INSERT INTO sockful_schema (hash, resource, fields) \
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING";
    let column = |place: usize| {
        layouts
            .iter()
            .map(|it| it[place].clone())
            .collect::<Vec<_>>()
    };
    let columns = [column(0), column(1), column(2)];
    let parameters = columns.map(|column| Box::new(column) as _);
    link.rows(text, Parameters::from(parameters)).await?;
    Ok(())
}

async fn put_rows(
    link: &Link,
    tables: &Tables,
    schema: &Schema,
    rows: Vec<Stored>,
) -> Result<(), StoreError> {
    let table = tables.of(schema)?;
    let rows: Vec<_> = rows.into_iter().map(|it| (it.row, it.rev)).collect();
    link.rows(&table.insert, arrays(&rows, &table.inserted))
        .await?;
    Ok(())
}

async fn put_lines(link: &Link, lines: Vec<Line>) -> Result<(), StoreError> {
    let text = "INSERT INTO sockful_log (pos, part, at, resource, id, schema, new, old) \
                SELECT * FROM unnest($1::bigint[], $2::integer[], $3::timestamptz[], $4::text[], $5::text[], \
                $6::text[], $7::text[], $8::text[])";
    let parameters: Parameters = vec![
        column(&lines, |it| it.pos),
        column(&lines, |it| it.part),
        column(&lines, |it| Value::Time(it.at)),
        column(&lines, |it| it.resource.clone()),
        column(&lines, |it| it.id.clone()),
        column(&lines, |it| it.schema.clone()),
        column(&lines, |it| it.new.clone()),
        column(&lines, |it| it.old.clone()),
    ];
    link.rows(text, parameters).await?;
    Ok(())
}

async fn put_recorded(link: &Link, recorded: Vec<(Recorded, i64)>) -> Result<(), StoreError> {
    let text = "INSERT INTO sockful_ledger (\"user\", op, request, answer, at) \
                SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[])";
    let parameters: Parameters = vec![
        column(&recorded, |(it, _)| it.key.user.to_string()),
        column(&recorded, |(it, _)| it.key.op.to_string()),
        column(&recorded, |(it, _)| it.answered.request.to_vec()),
        column(&recorded, |(it, _)| it.answered.answer.to_string()),
        column(&recorded, |(_, at)| Value::Time(*at)),
    ];
    link.rows(text, parameters).await?;
    Ok(())
}

/// An array with a member for each item.
fn column<T, V>(
    items: &[T],
    value: impl Fn(&T) -> V,
) -> Box<dyn tokio_postgres::types::ToSql + Sync + Send>
where
    V: tokio_postgres::types::ToSql + Sync + Send + 'static,
{
    Box::new(items.iter().map(value).collect::<Vec<_>>())
}
