//! The writes of one call, until they are committed together.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::action::Aftermath;
use crate::error::{Error, Result};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Childless, Expect, Read, Stored, Transaction, Write};

/// The writes that a call and everything it calls have made so far: one for each record, whatever happened
/// to it.
///
/// A call within another has a transaction [within](Self::within) that one's: nothing of a call that is refused is left,
/// whatever the one that made it does then.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// The transaction that this one is part of.
    outer: Option<Arc<Self>>,
    // Held for lookups and pushes alone, never across an await. Who holds it may take that of the outer one.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    writes: Vec<Write>,
    /// How often each resource was written to, since somebody first wanted to know.
    written: Option<HashMap<&'static str, usize>>,
    /// How many records have gone or lost a parent with others that were destroyed.
    cascaded: usize,
    /// How many these may be in the outermost transaction.
    max_cascade: usize,
    /// Where each record is among the writes, once they are more than [`FEW`].
    places: BTreeMap<(&'static str, Value), usize>,
    /// What was read, and what was not found: the call goes on with what it saw first. Kept by the outermost alone.
    reads: BTreeMap<(&'static str, Value), Seen>,
    /// What no record may name as its parent when this is committed.
    childless: Vec<Childless>,
    /// What was read again, and had changed: with both the transaction cannot be committed, and the call runs again.
    torn: Vec<(Value, Seen)>,
    /// What the outer transaction had made of the records that were looked for. This one goes on with what it saw first, which is
    /// compared again when it is handed over.
    bases: Bases,
    /// What follows the calls within this one.
    aftermath: Aftermath,
    /// Of several items that a call is made of, the one that is being done.
    item: Option<usize>,
    /// The item that each record was first written for.
    items: BTreeMap<(&'static str, Value), usize>,
}

/// What a transaction has made of records, `None` where it had not touched them.
type Bases = BTreeMap<(&'static str, Value), Option<Kept>>;

/// A record as it was read, `None` where there was none.
type Seen = (Arc<Schema>, Option<Stored>);

/// A record as a transaction left it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    /// `None` if it was destroyed.
    pub(crate) row: Option<Row>,
    /// What the store held when the transaction first wrote it.
    pub(crate) expect: Expect,
}

/// So many writes are searched one by one.
const FEW: usize = 8;

impl State {
    fn place(&self, resource: &'static str, id: &Value) -> Option<usize> {
        if self.places.is_empty() {
            let same = |write: &Write| write.schema.name == resource && write.id == *id;
            return self.writes.iter().position(same);
        }
        self.places.get(&(resource, id.clone())).copied()
    }

    /// For a record that was written before, what that expects stands.
    fn put(&mut self, write: Write) -> Result<()> {
        if self.closed {
            return Err(Error::internal(
                "a write came after the end of the call it belonged to",
            ));
        }
        let resource = write.schema.name;
        if let Some(written) = &mut self.written {
            *written.entry(resource).or_default() += 1;
        }
        if let Some(item) = self.item {
            let key = (resource, write.id.clone());
            self.items.entry(key).or_insert(item);
        }
        match self.place(resource, &write.id) {
            Some(place) => self.writes[place].row = write.row,
            None => self.push(write),
        }
        Ok(())
    }

    /// Whether the parent is there once all is committed.
    fn keeps_parent(&self, childless: &Childless) -> bool {
        let field = &childless.schema.fields[childless.field];
        let resource = field.parent.as_ref().map(|parent| parent.resource);
        let place = resource.and_then(|it| self.place(it, &childless.parent));
        place.is_some_and(|place| self.writes[place].row.is_some())
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
    /// A transaction that is part of this one, and does nothing to it until it is [handed over](Self::hand_over).
    pub(crate) fn within(outer: &Arc<Self>) -> Self {
        Self {
            outer: Some(Arc::clone(outer)),
            state: Mutex::default(),
        }
    }

    /// The record as this transaction, or the one it is part of, left it: `None` if neither touched it.
    pub(crate) fn find(&self, schema: &Schema, id: &Value) -> Option<Kept> {
        self.look(&mut self.state(), schema.name, id)
    }

    /// `state` is its own, which is locked.
    fn look(&self, state: &mut State, resource: &'static str, id: &Value) -> Option<Kept> {
        if let Some(place) = state.place(resource, id) {
            let Write { row, expect, .. } = &state.writes[place];
            return Some(Kept {
                row: row.clone(),
                expect: *expect,
            });
        }
        let outer = self.outer.as_ref()?;
        let base = state.bases.entry((resource, id.clone()));
        let base = base.or_insert_with(|| outer.look(&mut outer.state(), resource, id));
        base.clone()
    }

    /// The record as this transaction has read it before: `Some(None)` if it found none.
    pub(crate) fn seen(&self, schema: &Schema, id: &Value) -> Option<Option<Stored>> {
        if let Some(outer) = &self.outer {
            return outer.seen(schema, id);
        }
        let state = self.state();
        if state.reads.is_empty() {
            return None;
        }
        let (_, stored) = state.reads.get(&(schema.name, id.clone()))?;
        Some(stored.clone())
    }

    /// Keeps what was read. If somebody else changes it before the commit, the call runs again: also where it was read by
    /// a call within that was refused.
    pub(crate) fn saw(&self, schema: &Arc<Schema>, id: &Value, found: Option<Stored>) {
        if let Some(outer) = &self.outer {
            return outer.saw(schema, id, found);
        }
        let seen = (Arc::clone(schema), found);
        let mut state = self.state();
        let State { reads, torn, .. } = &mut *state;
        match reads.entry((schema.name, id.clone())) {
            Entry::Vacant(unread) => {
                unread.insert(seen);
            }
            Entry::Occupied(read) => {
                let rev = |seen: &Seen| seen.1.as_ref().map(|it| it.rev);
                if rev(read.get()) != rev(&seen) {
                    torn.push((id.clone(), seen));
                }
            }
        }
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
        let kept = self.look(&mut state, schema.name, &id);
        state.put(Write {
            schema: Arc::clone(schema),
            expect: kept.map_or(found, |kept| kept.expect),
            id,
            row,
        })
    }

    /// Whether the transaction that this one is part of still has the records as this one has seen them.
    pub(crate) fn holds(&self, outer: &Self) -> bool {
        Self::rests_on(&self.state().bases, outer, &mut outer.state())
    }

    fn rests_on(bases: &Bases, outer: &Self, state: &mut State) -> bool {
        let mut bases = bases.iter();
        bases.all(|((resource, id), base)| outer.look(state, resource, id) == *base)
    }

    /// Ends a transaction within another, which gets all of it, and what is to follow: at once, or nothing if meanwhile
    /// something else has written to that what this one rests on, or has left too little of what may [cascade](Self::cascade). Says
    /// whether it was done; if not, the call must run again.
    ///
    /// # Errors
    /// Internal, once the outer one is closed: a task outlived its call.
    pub(crate) fn hand_over(&self, outer: &Self, aftermath: Aftermath) -> Result<bool> {
        let closed = State {
            closed: true,
            ..State::default()
        };
        let done = std::mem::replace(&mut *self.state(), closed);
        let mut state = outer.state();
        if !Self::rests_on(&done.bases, outer, &mut state) {
            return Ok(false);
        }
        if done.cascaded > 0 {
            let cascaded = state.cascaded + done.cascaded;
            if cascaded > done.max_cascade {
                return Ok(false);
            }
            (state.cascaded, state.max_cascade) = (cascaded, done.max_cascade);
        }
        for write in done.writes {
            state.put(write)?;
        }
        state.childless.extend(done.childless);
        state.aftermath.extend(done.aftermath);
        state.aftermath.extend(aftermath);
        Ok(true)
    }

    /// Says that no record may name this parent once all is committed, unless it is created anew by then.
    pub(crate) fn leave_childless(&self, childless: Childless) {
        self.state().childless.push(childless);
    }

    /// The records of a resource that this transaction, or the one it is part of, has touched, as they were left.
    pub(crate) fn touched(&self, schema: &Schema) -> HashMap<Value, Kept> {
        let outer = self.outer.as_ref();
        let mut touched = outer.map(|outer| outer.touched(schema)).unwrap_or_default();
        let state = self.state();
        let writes = state
            .writes
            .iter()
            .filter(|write| write.schema.name == schema.name);
        touched.extend(writes.map(
            |Write {
                 id, row, expect, ..
             }| {
                let kept = Kept {
                    row: row.clone(),
                    expect: *expect,
                };
                (id.clone(), kept)
            },
        ));
        touched
    }

    /// How often these resources were written to, counted from when this was first asked.
    pub(crate) fn written(&self, resources: &HashSet<&'static str>) -> usize {
        let mut state = self.state();
        let written = state.written.get_or_insert_default();
        resources.iter().filter_map(|it| written.get(it)).sum()
    }

    /// Says that so many records have gone or lost a parent with one that was destroyed. All of a call may be `max` of them.
    pub(crate) fn cascade(&self, records: usize, max: usize) {
        let mut state = self.state();
        state.cascaded += records;
        state.max_cascade = max;
    }

    /// How many records have gone or lost a parent with others so far, here and in the transactions that this one is part of.
    pub(crate) fn cascaded(&self) -> usize {
        let outer = self.outer.as_ref().map_or(0, |outer| outer.cascaded());
        outer + self.state().cascaded
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

    /// Whether nothing is left to write.
    pub(crate) fn is_idle(&self) -> bool {
        self.state().writes.iter().all(is_undone)
    }

    /// What was created and destroyed again: nothing of it comes to the store.
    pub(crate) fn undone(&self) -> Vec<(Arc<Schema>, Value)> {
        let state = self.state();
        let undone = state.writes.iter().filter(|write| is_undone(write));
        undone
            .map(|write| (Arc::clone(&write.schema), write.id.clone()))
            .collect()
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
        let mut childless = std::mem::take(&mut state.childless);
        childless.retain(|it| !state.keeps_parent(it));
        let mut writes = std::mem::take(&mut state.writes);
        writes.retain(|write| !is_undone(write));
        let reads = std::mem::take(&mut state.reads);
        let reads = reads.into_iter().map(|((_, id), seen)| (id, seen));
        let torn = std::mem::take(&mut state.torn);
        let reads = reads.chain(torn).map(|(id, (schema, found))| Read {
            schema,
            id,
            expect: found.map_or(Expect::Absent, |found| Expect::Rev(found.rev)),
        });
        Transaction {
            writes,
            reads: reads.collect(),
            childless,
            operation: None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Created and destroyed in one transaction: nothing happened.
fn is_undone(write: &Write) -> bool {
    write.expect == Expect::Absent && write.row.is_none()
}
