//! Rows in memory: the reference of what a store does, gone with the process.

mod log;
mod table;

use std::collections::HashMap;
use std::future;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::quality::RandomState;

use self::log::{Ledger, Log};
use self::table::Table;
use super::{
    Answered, Caps, Committed, Entry, FilterCap, Listing, LogRange, Opened, Operation,
    OperationKey, Store, StoreError, StoreFuture, Stored, Transaction,
};
use crate::query::Query;
use crate::row::{Row, Value};
use crate::schema::Schema;

/// A store in memory, for tests and for data that may go: nothing survives the process.
///
/// It keeps the last 10,000 entries of its log, and the last 10,000 answers of operations; of either no more than
/// 64 MiB together. An operation whose answer is gone is done anew when it is sent again.
#[derive(Debug, Default)]
pub struct Memory {
    // Held for lookups and map changes alone, never across an await.
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    pos: u64,
    tables: HashMap<&'static str, Table, RandomState>,
    log: Log,
    ledger: Ledger,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // A panic while the lock is held is one of the allocator, or of an answer, which is asked before anything
    // changes: the maps stay usable.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        let mut state = self.write();
        for schema in schemas {
            let table = state.tables.entry(schema.name);
            table.or_insert_with(|| Table::new(schema));
        }
        Box::pin(future::ready(Ok(Opened::fresh())))
    }

    fn caps(&self) -> Caps {
        Caps {
            log: true,
            ledger: true,
            durable: None,
            filter: FilterCap::Exact,
        }
    }

    fn get<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        id: &'a Value,
    ) -> StoreFuture<'a, Option<Stored>> {
        let found = self.read().table(schema).map(|it| it.get(id).cloned());
        Box::pin(future::ready(found))
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        Box::pin(async move {
            let state = self.read();
            let table = state.table(schema)?;
            Ok(ids.iter().map(|id| table.get(id).cloned()).collect())
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async move {
            let state = self.read();
            let (rows, more) = state.table(schema)?.list(schema, query, &state.parents());
            Ok(Listing {
                rows,
                more,
                pos: state.pos,
            })
        })
    }

    fn count<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let state = self.read();
            Ok(state.table(schema)?.count(schema, query, &state.parents()) as u64)
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move { self.write().commit(transaction) })
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        Box::pin(async move {
            let state = self.read();
            Ok(LogRange {
                from: state.log.from(),
                to: state.pos,
            })
        })
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        Box::pin(async move { self.read().log.since(pos, limit) })
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        Box::pin(async move { Ok(self.read().ledger.get(key).cloned()) })
    }
}

impl State {
    fn table(&self, schema: &Schema) -> Result<&Table, StoreError> {
        self.tables.get(schema.name).ok_or_else(|| unopened(schema))
    }

    /// Finds the parents that conditions ask about.
    fn parents(&self) -> impl Fn(&'static str, &Value) -> Option<Row> {
        |resource, id| Some(self.tables.get(resource)?.get(id)?.row.clone())
    }

    fn commit(&mut self, mut transaction: Transaction) -> Result<Committed, StoreError> {
        if let Some(operation) = &transaction.operation
            && let Some(answered) = self.ledger.get(&operation.key)
        {
            return Err(StoreError::Answered(answered.clone()));
        }
        let operation = transaction.operation.take();
        let committed = transaction.judge(
            self.pos,
            |schema, id| Ok(self.table(schema)?.get(id).cloned()),
            |schema, field, value| Ok(self.table(schema)?.holders(field, value)),
        )?;
        // The answer is code of others, which may panic: nothing has changed yet.
        let answered = operation.map(
            |Operation {
                 key,
                 request,
                 mut answer,
             }| {
                let answer = answer(&committed).into();
                (key, Answered { request, answer })
            },
        );
        self.pos = committed.pos;
        for change in &committed.changes {
            if let Some(table) = self.tables.get_mut(change.schema.name) {
                table.apply(change);
            }
        }
        self.log.append(&committed);
        if let Some((key, answered)) = answered {
            self.ledger.record(key, answered);
        }
        Ok(committed)
    }
}

fn unopened(schema: &Schema) -> StoreError {
    StoreError::Failed(format!("the store was not opened for `{}`", schema.name).into())
}
