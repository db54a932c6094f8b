//! Rows in memory: the reference of what a store does, gone with the process.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::{future, mem};

use foldhash::quality::RandomState;

use super::{
    Caps, Committed, Expect, Listing, Read, Store, StoreError, StoreFuture, Stored, Transaction,
    Write,
};
use crate::change::Change;
use crate::query::Query;
use crate::row::{Row, Value};
use crate::schema::Schema;

/// A store in memory, for tests and for data that may go: nothing survives the process.
#[derive(Debug, Default)]
pub struct Memory {
    // Held for lookups and map changes alone, never across an await.
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    pos: u64,
    tables: HashMap<&'static str, Table, RandomState>,
}

#[derive(Debug, Default)]
struct Table {
    rows: HashMap<Value, Stored, RandomState>,
    /// The ids of all rows, so that a list is a walk.
    order: BTreeSet<Value>,
    /// The last revision of destroyed records.
    retired: HashMap<Value, u64, RandomState>,
    /// No revision of a destroyed record that is not in `retired` is higher.
    floor: u64,
    /// For each unique field, by its place: who holds a value.
    unique: Vec<(usize, HashMap<Value, Value, RandomState>)>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // A panic while the lock is held can only be one of the allocator; the maps stay usable.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, ()> {
        let mut state = self.write();
        for schema in schemas {
            let unique = schema
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| field.words.unique);
            let unique = unique
                .map(|(place, _)| (place, HashMap::default()))
                .collect();
            state.tables.entry(schema.name).or_insert(Table {
                unique,
                ..Table::default()
            });
        }
        Box::pin(future::ready(Ok(())))
    }

    fn caps(&self) -> Caps {
        Caps::default()
    }

    fn get<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        id: &'a Value,
    ) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move { Ok(self.read().table(schema)?.rows.get(id).cloned()) })
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        Box::pin(async move {
            let state = self.read();
            let rows = &state.table(schema)?.rows;
            Ok(ids.iter().map(|id| rows.get(id).cloned()).collect())
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async move {
            let state = self.read();
            let table = state.table(schema)?;
            let mut ids = table.after(query);
            let limit = query.limit.unwrap_or(usize::MAX);
            let rows = ids.by_ref().take(limit);
            let rows = rows.filter_map(|id| table.rows.get(id).cloned()).collect();
            Ok(Listing {
                rows,
                more: ids.next().is_some(),
                pos: state.pos,
            })
        })
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let state = self.read();
            let table = state.table(schema)?;
            let limit = query.limit.unwrap_or(usize::MAX);
            // The whole table knows how long it is; only a part of it must be walked.
            let count = match query.after {
                None => table.rows.len().min(limit),
                Some(_) => table.after(query).take(limit).count(),
            };
            Ok(count as u64)
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move { self.write().commit(transaction) })
    }
}

impl State {
    fn table(&self, schema: &Schema) -> Result<&Table, StoreError> {
        self.tables.get(schema.name).ok_or_else(|| unopened(schema))
    }

    fn commit(&mut self, transaction: Transaction) -> Result<Committed, StoreError> {
        self.check_reads(&transaction.reads)?;
        self.check(&transaction.writes)?;
        let mut changes = Vec::with_capacity(transaction.writes.len());
        for write in transaction.writes {
            let table = self
                .tables
                .get_mut(write.schema.name)
                .ok_or_else(|| unopened(&write.schema))?;
            changes.push(table.apply(write));
        }
        if !changes.is_empty() {
            self.pos += 1;
        }
        Ok(Committed {
            pos: self.pos,
            changes,
        })
    }

    fn check_reads(&self, reads: &[Read]) -> Result<(), StoreError> {
        for Read { schema, id, expect } in reads {
            let found = self.table(schema)?.rows.get(id).map(|stored| stored.rev);
            let holds = match expect {
                Expect::Absent => found.is_none(),
                Expect::Rev(rev) => found == Some(*rev),
            };
            if !holds {
                return Err(StoreError::Stale);
            }
        }
        Ok(())
    }

    /// Whether every write may happen, given all the others.
    fn check(&self, writes: &[Write]) -> Result<(), StoreError> {
        let mut unique = false;
        for (place, write) in writes.iter().enumerate() {
            let table = self.table(&write.schema)?;
            unique |= !table.unique.is_empty();
            let stored = table.rows.get(&write.id);
            match (write.expect, stored) {
                (Expect::Absent, Some(_)) => return Err(StoreError::Exists { write: place }),
                (Expect::Rev(rev), stored) if stored.is_none_or(|stored| stored.rev != rev) => {
                    return Err(StoreError::Stale);
                }
                _ => {}
            }
        }
        if unique {
            self.check_unique(writes)
        } else {
            Ok(())
        }
    }

    fn check_unique(&self, writes: &[Write]) -> Result<(), StoreError> {
        // What a record held before this transaction is free for the others in it.
        let written: HashSet<_> = writes
            .iter()
            .map(|write| (write.schema.name, &write.id))
            .collect();
        let mut taken = HashSet::new();
        for (place, write) in writes.iter().enumerate() {
            let Some(row) = &write.row else { continue };
            for (field, holders) in &self.tables[write.schema.name].unique {
                let value = &row[*field];
                if value.is_null() {
                    continue;
                }
                let held = holders
                    .get(value)
                    .is_some_and(|holder| !written.contains(&(write.schema.name, holder)));
                if held || !taken.insert((write.schema.name, *field, value)) {
                    return Err(StoreError::Unique {
                        write: place,
                        field: *field,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Table {
    /// The ids that a query asks for, in order.
    fn after(&self, query: &Query) -> impl Iterator<Item = &Value> {
        let start = match &query.after {
            Some(id) => Bound::Excluded(id),
            None => Bound::Unbounded,
        };
        self.order.range::<Value, _>((start, Bound::Unbounded))
    }

    /// Stores a row; its revision, and the row before.
    fn put(&mut self, id: &Value, row: Row) -> (u64, Option<Row>) {
        if let Some(stored) = self.rows.get_mut(id) {
            stored.rev += 1;
            return (stored.rev, Some(mem::replace(&mut stored.row, row)));
        }
        // No revision is used twice for an id, even if the record was destroyed meanwhile: who holds an old one
        // must not take the new record for it.
        let last = self.retired.remove(id).unwrap_or(0).max(self.floor);
        let rev = last + 1;
        self.rows.insert(id.clone(), Stored { row, rev });
        self.order.insert(id.clone());
        (rev, None)
    }

    /// Removes a row; its last revision, and the row.
    fn remove(&mut self, id: &Value) -> (u64, Option<Row>) {
        let Some(Stored { row, rev }) = self.rows.remove(id) else {
            return (0, None);
        };
        self.order.remove(id);
        self.retire(id.clone(), rev);
        (rev, Some(row))
    }

    /// Remembers the last revision of a destroyed record, without ever remembering much more than there are rows.
    fn retire(&mut self, id: Value, rev: u64) {
        self.retired.insert(id, rev);
        if self.retired.len() > 2 * self.rows.len() + 1024 {
            let highest = self.retired.drain().map(|(_, rev)| rev).max();
            self.floor = self.floor.max(highest.unwrap_or(0));
        }
    }

    fn apply(&mut self, write: Write) -> Change {
        let Write {
            schema, id, row, ..
        } = write;
        let (rev, old) = match &row {
            Some(row) => self.put(&id, row.clone()),
            None => self.remove(&id),
        };
        for (field, holders) in &mut self.unique {
            // Another write of the same transaction may hold the old value already.
            if let Some(value) = old.as_ref().map(|old| &old[*field])
                && holders.get(value) == Some(&id)
            {
                holders.remove(value);
            }
            if let Some(value) = row.as_ref().map(|row| &row[*field])
                && !value.is_null()
            {
                holders.insert(value.clone(), id.clone());
            }
        }
        Change {
            schema,
            id,
            rev,
            old,
            new: row,
        }
    }
}

fn unopened(schema: &Schema) -> StoreError {
    StoreError::Failed(format!("the store was not opened for `{}`", schema.name).into())
}
