//! The writes of one call, until they are committed together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::action::Aftermath;
use crate::error::{Error, Result};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Childless, Expect, Read, Stored, Transaction, Write};

/// The writes that a call and everything it calls have made so far: one for each record, whatever happened
/// to it.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    // Held for lookups and pushes alone, never across an await.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    writes: Vec<Write>,
    /// Where each record is among the writes, once they are more than [`FEW`].
    places: BTreeMap<(&'static str, Value), usize>,
    /// What was read, and what was not found: the call goes on with what it saw first.
    reads: BTreeMap<(&'static str, Value), Seen>,
    /// What no record may name as its parent when this is committed.
    childless: Vec<Childless>,
    /// What follows the calls within this one.
    aftermath: Aftermath,
    /// Of several items that a call is made of, the one that is being done.
    item: Option<usize>,
    /// The item that each record was first written for.
    items: BTreeMap<(&'static str, Value), usize>,
}

/// A record as it was read, `None` where there was none.
type Seen = (Arc<Schema>, Option<Stored>);

/// So many writes are searched one by one.
const FEW: usize = 8;

impl State {
    fn place(&self, schema: &Schema, id: &Value) -> Option<usize> {
        if self.places.is_empty() {
            let same = |write: &Write| write.schema.name == schema.name && write.id == *id;
            return self.writes.iter().position(same);
        }
        self.places.get(&(schema.name, id.clone())).copied()
    }

    fn push(&mut self, write: Write) {
        self.writes.push(write);
        if self.writes.len() > FEW {
            let from = self.places.len();
            let new = self.writes.iter().enumerate().skip(from);
            let new = new.map(|(place, write)| ((write.schema.name, write.id.clone()), place));
            self.places.extend(new);
        }
    }
}

impl Staged {
    /// The record as this transaction left it: `None` if it did not touch it, `Some(None)` if it
    /// destroyed it.
    pub(crate) fn find(&self, schema: &Schema, id: &Value) -> Option<Option<Row>> {
        let state = self.state();
        let place = state.place(schema, id)?;
        Some(state.writes[place].row.clone())
    }

    /// The record as this transaction has read it before: `Some(None)` if it found none.
    pub(crate) fn seen(&self, schema: &Schema, id: &Value) -> Option<Option<Stored>> {
        let state = self.state();
        if state.reads.is_empty() {
            return None;
        }
        let (_, stored) = state.reads.get(&(schema.name, id.clone()))?;
        Some(stored.clone())
    }

    /// Keeps what was read. If somebody else changes it before the commit, the call runs again.
    pub(crate) fn saw(&self, schema: &Arc<Schema>, id: &Value, found: Option<Stored>) {
        let read = (Arc::clone(schema), found);
        self.state().reads.insert((schema.name, id.clone()), read);
    }

    /// Stages a record as it shall be. `found` is what the store held when the record was first read.
    ///
    /// # Errors
    /// Internal, once the transaction is closed: a task outlived its call.
    pub(crate) fn put(
        &self,
        schema: &Arc<Schema>,
        id: Value,
        found: Expect,
        row: Option<Row>,
    ) -> Result<()> {
        let mut state = self.state();
        if state.closed {
            return Err(Error::internal(
                "a write came after the end of the call it belonged to",
            ));
        }
        if let Some(item) = state.item {
            state.items.entry((schema.name, id.clone())).or_insert(item);
        }
        match state.place(schema, &id) {
            Some(place) => state.writes[place].row = row,
            None => state.push(Write {
                schema: Arc::clone(schema),
                id,
                expect: found,
                row,
            }),
        }
        Ok(())
    }

    /// Says that no record may name this parent once all is committed.
    pub(crate) fn leave_childless(&self, childless: Childless) {
        self.state().childless.push(childless);
    }

    /// Every record of a resource as this transaction has left it: those it has touched.
    pub(crate) fn touched(&self, schema: &Schema) -> Vec<(Value, Option<Row>)> {
        let state = self.state();
        let writes = state
            .writes
            .iter()
            .filter(|write| write.schema.name == schema.name);
        writes
            .map(|write| (write.id.clone(), write.row.clone()))
            .collect()
    }

    /// Says which of several items what is written from now on belongs to.
    pub(crate) fn begin_item(&self, item: usize) {
        self.state().item = Some(item);
    }

    /// Whether what is written belongs to one of several items.
    pub(crate) fn has_items(&self) -> bool {
        self.state().item.is_some()
    }

    /// The item that a record was written for.
    pub(crate) fn item_of(&self, schema: &Schema, id: &Value) -> Option<usize> {
        self.state().items.get(&(schema.name, id.clone())).copied()
    }

    /// Keeps what is to follow a call within this one, once all is committed.
    pub(crate) fn leave(&self, aftermath: Aftermath) {
        self.state().aftermath.extend(aftermath);
    }

    /// What is to follow.
    pub(crate) fn take_aftermath(&self) -> Aftermath {
        std::mem::take(&mut self.state().aftermath)
    }

    /// Ends the transaction: what is left to write, and what that rests on. Nothing, if it has ended before.
    pub(crate) fn close(&self) -> Transaction {
        let mut state = self.state();
        if std::mem::replace(&mut state.closed, true) {
            return Transaction::default();
        }
        let mut writes = std::mem::take(&mut state.writes);
        // Created and destroyed in one transaction: nothing happened.
        writes.retain(|write| write.expect != Expect::Absent || write.row.is_some());
        let reads = std::mem::take(&mut state.reads);
        let reads = reads.into_iter().map(|((_, id), (schema, found))| Read {
            schema,
            id,
            expect: found.map_or(Expect::Absent, |found| Expect::Rev(found.rev)),
        });
        Transaction {
            writes,
            reads: reads.collect(),
            childless: std::mem::take(&mut state.childless),
            operation: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
