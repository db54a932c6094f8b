//! Rows in a redb database: the store that docs/store.md walks through.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Blocking, Caps, Committed, Durability, Listing, Opened, Store, StoreError, StoreFuture, Stored,
    Transaction,
};
use sockful::{Row, Value};

/// Keeps each resource in a table of its name, by ids: the revision, and the row as JSON.
pub(super) struct Redb(Blocking<Database>);

/// `pos` is the position of the last commit, `opened` what [`Opened`] holds.
const META: TableDefinition<&str, &str> = TableDefinition::new("sockful.meta");

type Kept = (u64, &'static str);

fn rows(schema: &Schema) -> TableDefinition<'static, &'static [u8], Kept> {
    TableDefinition::new(schema.table)
}

impl Redb {
    /// A store in this file, which need not exist yet.
    pub(super) fn new(path: &Path) -> Result<Self, StoreError> {
        let database = Database::create(path).map_err(StoreError::failed)?;
        Ok(Self(Blocking::new(database, 256)))
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
        self.0.write(move |database| {
            let begun = database.begin_write().map_err(StoreError::failed)?;
            for schema in &schemas {
                let table = begun.open_table(rows(schema)).map_err(StoreError::failed)?;
                // Whatever does not fit the struct of today is found now.
                walk(schema, &table, None)?.try_for_each(|row| row.map(drop))?;
            }
            let mut meta = begun.open_table(META).map_err(StoreError::failed)?;
            let kept = meta.get("opened").map_err(StoreError::failed)?;
            let kept = kept.map(|kept| Opened::from_json(kept.value()));
            let opened = kept
                .unwrap_or_else(|| Ok(Opened::fresh()))
                .map_err(StoreError::failed)?;
            meta.insert("opened", &*opened.to_json())
                .map_err(StoreError::failed)?;
            drop(meta);
            begun.commit().map_err(StoreError::failed)?;
            Ok(opened)
        })
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        let (schema, ids) = (Arc::clone(schema), ids.to_vec());
        self.0.read(move |database| {
            let begun = database.begin_read().map_err(StoreError::failed)?;
            let table = begun
                .open_table(rows(&schema))
                .map_err(StoreError::failed)?;
            ids.iter().map(|id| find(&schema, &table, id)).collect()
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        let (schema, query) = (Arc::clone(schema), query.clone());
        self.0.read(move |database| {
            let begun = database.begin_read().map_err(StoreError::failed)?;
            let pos = pos(&begun.open_table(META).map_err(StoreError::failed)?)?;
            let table = begun
                .open_table(rows(&schema))
                .map_err(StoreError::failed)?;
            let after = query.after.as_ref().map(|after| &after.id);
            Listing::of(walk(&schema, &table, after)?, query.limit, pos)
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.0.write(move |database| {
            let begun = database.begin_write().map_err(StoreError::failed)?;
            let open = |schema: &Schema| begun.open_table(rows(schema)).map_err(StoreError::failed);
            let mut meta = begun.open_table(META).map_err(StoreError::failed)?;
            let committed = transaction.judge(
                pos(&meta)?,
                |schema, id| find(schema, &open(schema)?, id),
                |schema, field, value| {
                    // A database with indexes would ask one.
                    let mut holders = Vec::new();
                    for stored in walk(schema, &open(schema)?, None)? {
                        let row = stored?.row;
                        if row[field] == *value {
                            holders.push(row[schema.id].clone());
                        }
                    }
                    Ok(holders)
                },
            )?;
            let pos = committed.pos;
            meta.insert("pos", &*pos.to_string())
                .map_err(StoreError::failed)?;
            for change in &committed.changes {
                let (mut table, key) = (open(&change.schema)?, change.id.to_key());
                match &change.new {
                    Some(row) => table.insert(&*key, (pos, &*row.to_json(&change.schema))),
                    None => table.remove(&*key),
                }
                .map_err(StoreError::failed)?;
            }
            drop(meta);
            begun.commit().map_err(StoreError::failed)?;
            Ok(committed)
        })
    }
}

fn stored(schema: &Schema, (rev, row): (u64, &str)) -> Result<Stored, StoreError> {
    let row = Row::from_json(schema, row).map_err(StoreError::failed)?;
    Ok(Stored { row, rev })
}

fn find(
    schema: &Schema,
    table: &impl ReadableTable<&'static [u8], Kept>,
    id: &Value,
) -> Result<Option<Stored>, StoreError> {
    let found = table.get(&*id.to_key()).map_err(StoreError::failed)?;
    found.map(|found| stored(schema, found.value())).transpose()
}

/// The rows after this id, all if there is none, in the order of ids.
fn walk(
    schema: &Schema,
    table: &impl ReadableTable<&'static [u8], Kept>,
    after: Option<&Value>,
) -> Result<impl Iterator<Item = Result<Stored, StoreError>>, StoreError> {
    let after = after.map(Value::to_key);
    let after = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let range = table.range::<&[u8]>((after, Bound::Unbounded));
    let found = range.map_err(StoreError::failed)?;
    Ok(found.map(|entry| stored(schema, entry.map_err(StoreError::failed)?.1.value())))
}

/// The position of the last commit.
fn pos(meta: &impl ReadableTable<&'static str, &'static str>) -> Result<u64, StoreError> {
    let kept = meta.get("pos").map_err(StoreError::failed)?;
    kept.map_or(Ok(0), |kept| {
        kept.value().parse().map_err(StoreError::failed)
    })
}
