//! Rows in a redb database: the store that docs/store.md walks through.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
};
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Caps, Committed, Durability, Listing, Opened, Store, StoreError, StoreFuture, Stored,
    Transaction,
};
use sockful::{Change, Row, Value};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;

/// Keeps each resource in a table of its name, by ids: the revision, and the row as JSON.
pub(super) struct Redb {
    database: Arc<Database>,
    /// It is for one commit at a time. This lock is fair: whoever asks first is first.
    turn: Arc<Mutex<()>>,
    /// How many commits may be under way.
    room: Semaphore,
}

/// `pos` is the position of the last commit, `opened` what [`Opened`] holds.
const META: TableDefinition<&str, &str> = TableDefinition::new("sockful.meta");

fn rows(schema: &Schema) -> TableDefinition<'static, &'static [u8], (u64, &'static str)> {
    TableDefinition::new(schema.table)
}

impl Redb {
    /// A store in this file, which need not exist yet.
    pub(super) fn new(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            database: Arc::new(Database::create(path).map_err(failed)?),
            turn: Arc::default(),
            room: Semaphore::new(256),
        })
    }

    /// Reads on a thread that may wait for the disk.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> StoreFuture<'_, T> {
        let database = Arc::clone(&self.database);
        let read = move || read(&database.begin_read().map_err(failed)?);
        Box::pin(async { spawn_blocking(read).await.map_err(failed)? })
    }

    /// Writes all that `write` does, or nothing.
    fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<T, StoreError> + Send + 'static,
    ) -> StoreFuture<'_, T> {
        Box::pin(async {
            let full = |_| StoreError::Unavailable("too much waits for the database".into());
            let _room = self.room.try_acquire().map_err(full)?;
            let turn = Arc::clone(&self.turn).lock_owned().await;
            let database = Arc::clone(&self.database);
            let write = move || {
                let _turn = turn;
                let begun = database.begin_write().map_err(failed)?;
                let written = write(&begun)?;
                begun.commit().map_err(failed)?;
                Ok(written)
            };
            spawn_blocking(write).await.map_err(failed)?
        })
    }
}

impl Store for Redb {
    fn caps(&self) -> Caps {
        let mut caps = Caps::rows();
        caps.durable = Some(Durability::Full);
        caps
    }

    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        let schemas = schemas.to_vec();
        self.write(move |begun| {
            for schema in &schemas {
                let table = begun.open_table(rows(schema)).map_err(failed)?;
                // Whatever does not fit the struct of today is found now.
                for entry in table.iter().map_err(failed)? {
                    stored(schema, entry.map_err(failed)?.1.value())?;
                }
            }
            let mut meta = begun.open_table(META).map_err(failed)?;
            if let Some(kept) = meta.get("opened").map_err(failed)? {
                let (epoch, secret): (String, _) =
                    serde_json::from_str(kept.value()).map_err(failed)?;
                return Ok(Opened::kept(epoch, secret));
            }
            let opened = Opened::fresh();
            let kept = serde_json::json!([*opened.epoch, opened.secret]);
            meta.insert("opened", &*kept.to_string()).map_err(failed)?;
            Ok(opened)
        })
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        let (schema, ids) = (Arc::clone(schema), ids.to_vec());
        self.read(move |begun| {
            let table = begun.open_table(rows(&schema)).map_err(failed)?;
            ids.iter().map(|id| find(&schema, &table, id)).collect()
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        let (schema, query) = (Arc::clone(schema), query.clone());
        self.read(move |begun| {
            let mut listing = Listing {
                pos: pos(&begun.open_table(META).map_err(failed)?)?,
                ..Listing::default()
            };
            let table = begun.open_table(rows(&schema)).map_err(failed)?;
            let after = query.after.map(|after| key(&after.id));
            let after = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let range = table
                .range::<&[u8]>((after, Bound::Unbounded))
                .map_err(failed)?;
            for entry in range {
                listing.more = Some(listing.rows.len()) == query.limit;
                if listing.more {
                    break;
                }
                let row = stored(&schema, entry.map_err(failed)?.1.value())?;
                listing.rows.push(row);
            }
            Ok(listing)
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.write(move |begun| {
            let open = |schema: &Schema| begun.open_table(rows(schema)).map_err(failed);
            transaction.check_expected(|schema, id| {
                let stored = find(schema, &open(schema)?, id)?;
                Ok(stored.map(|stored| stored.rev))
            })?;
            transaction.check_unique(|schema, field, value| {
                holder(schema, &open(schema)?, field, value)
            })?;
            let mut meta = begun.open_table(META).map_err(failed)?;
            let pos = pos(&meta)? + u64::from(!transaction.writes.is_empty());
            meta.insert("pos", &*pos.to_string()).map_err(failed)?;
            let mut changes = Vec::new();
            for write in transaction.writes {
                let (schema, key) = (write.schema, key(&write.id));
                let mut table = open(&schema)?;
                let old = find(&schema, &table, &write.id)?;
                // Where the schema has a field for the revision, it is told there as well.
                let new = write.row.map(|row| schema.revised(row, pos));
                match &new {
                    Some(row) => table.insert(&*key, (pos, &*row.to_json(&schema))),
                    None => table.remove(&*key),
                }
                .map_err(failed)?;
                drop(table);
                changes.push(Change {
                    id: write.id,
                    rev: pos,
                    old: old.map(|old| old.row),
                    new,
                    schema,
                });
            }
            Ok(Committed { pos, changes })
        })
    }
}

/// Ids as redb orders them: text by its bytes, integers with the sign turned round and the greatest part first.
fn key(id: &Value) -> Vec<u8> {
    match id {
        Value::Int(id) => (id.cast_unsigned() ^ (1 << 63)).to_be_bytes().to_vec(),
        id => id.as_text().unwrap_or_default().into(),
    }
}

type Kept = (u64, &'static str);

fn find(
    schema: &Schema,
    table: &impl ReadableTable<&'static [u8], Kept>,
    id: &Value,
) -> Result<Option<Stored>, StoreError> {
    let found = table.get(&*key(id)).map_err(failed)?;
    found.map(|found| stored(schema, found.value())).transpose()
}

fn stored(schema: &Schema, (rev, row): (u64, &str)) -> Result<Stored, StoreError> {
    let row = Row::from_json(schema, row).map_err(failed)?;
    Ok(Stored { row, rev })
}

/// Looks at everything: a database with indexes would ask one.
fn holder(
    schema: &Schema,
    table: &impl ReadableTable<&'static [u8], Kept>,
    field: usize,
    value: &Value,
) -> Result<Option<Value>, StoreError> {
    for entry in table.iter().map_err(failed)? {
        let row = stored(schema, entry.map_err(failed)?.1.value())?.row;
        if row[field] == *value {
            return Ok(Some(row[schema.id].clone()));
        }
    }
    Ok(None)
}

/// The position of the last commit.
fn pos(meta: &impl ReadableTable<&'static str, &'static str>) -> Result<u64, StoreError> {
    let kept = meta.get("pos").map_err(failed)?;
    kept.map_or(Ok(0), |kept| kept.value().parse().map_err(failed))
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Failed(error.into())
}
