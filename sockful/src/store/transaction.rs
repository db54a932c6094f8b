//! What a store is asked to commit, and what must hold for it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::{Committed, StoreError, Stored};
use crate::change::Change;
use crate::row::{Row, Value};
use crate::schema::Schema;

/// Writes that happen together or not at all.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Transaction {
    /// The writes, at most one for each record.
    pub writes: Vec<Write>,
    /// What the writes rest on: records that must still be as they were read.
    pub reads: Vec<Read>,
    /// What no record may name as its parent once the writes are made: records that are destroyed.
    pub childless: Vec<Childless>,
    /// The operation whose answer is recorded with the writes.
    pub operation: Option<Operation>,
}

/// Names one operation of one caller, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperationKey {
    /// The key of the caller; empty for an anonymous one.
    pub user: Arc<str>,
    /// The id the client has given the operation.
    pub op: Arc<str>,
}

/// An operation that is to be recorded.
pub struct Operation {
    /// Its name.
    pub key: OperationKey,
    /// Tells one request from another: a hash of what was asked.
    pub request: [u8; 32],
    /// What to record as its answer: asked within the transaction, when all else is settled. A store that has
    /// to do a transaction anew asks again, and then the last answer counts. Where it panics, nothing of the
    /// transaction may happen.
    pub answer: AnswerFn,
}

/// Writes the answer of an operation, once its commit is known.
pub type AnswerFn = Box<dyn FnMut(&Committed) -> Box<str> + Send>;

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// One record as it was read.
#[derive(Clone, Debug)]
pub struct Read {
    /// The resource of the record.
    pub schema: Arc<Schema>,
    /// The id of the record.
    pub id: Value,
    /// What was found.
    pub expect: Expect,
}

/// The id of a parent, and where children would name it.
#[derive(Clone, Debug)]
pub struct Childless {
    /// The resource of the children.
    pub schema: Arc<Schema>,
    /// The place of the field that names the parent.
    pub field: usize,
    /// The id of the parent.
    pub parent: Value,
}

/// One record as it shall be.
#[derive(Clone, Debug)]
pub struct Write {
    /// The resource of the record.
    pub schema: Arc<Schema>,
    /// The id of the record.
    pub id: Value,
    /// What must be stored for the transaction to hold.
    pub expect: Expect,
    /// The row to store, or `None` to destroy the record.
    pub row: Option<Row>,
}

/// What a [`Write`] expects to find, or a [`Read`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// No record with this id.
    Absent,
    /// The record at this revision.
    Rev(u64),
}

impl Transaction {
    /// What the commit of this transaction does, if it may happen: what it changes, at the position after `last`, or at
    /// `last` where it changes nothing. The store then writes just that, with the log entry and the answer of the
    /// operation if it keeps those, as one.
    ///
    /// The operation is not judged, and is gone with the transaction: a store with a ledger looks first whether it was
    /// answered ([`StoreError::Answered`]), and takes it out of [`operation`](Self::operation) to record its answer.
    ///
    /// `stored` answers the record with an id; `holders` the ids of all records that have this value in the field at this place,
    /// which is `unique` or names a parent. Neither sees anything of this transaction.
    ///
    /// # Errors
    /// As [`check_expected`](Self::check_expected), then as [`check_childless`](Self::check_childless), then as
    /// [`check_unique`](Self::check_unique).
    pub fn judge(
        self,
        last: u64,
        mut stored: impl FnMut(&Arc<Schema>, &Value) -> Result<Option<Stored>, StoreError>,
        mut holders: impl FnMut(&Arc<Schema>, usize, &Value) -> Result<Vec<Value>, StoreError>,
    ) -> Result<Committed, StoreError> {
        let mut found = Vec::with_capacity(self.reads.len() + self.writes.len());
        self.check_expected(|schema, id| {
            found.push(stored(schema, id)?);
            Ok(found.last().and_then(Option::as_ref).map(|it| it.rev))
        })?;
        self.check_childless(&mut holders)?;
        self.check_unique(|schema, field, value| Ok(holders(schema, field, value)?.pop()))?;
        let pos = last + u64::from(!self.writes.is_empty());
        let olds = found.into_iter().skip(self.reads.len());
        let changes = self
            .writes
            .into_iter()
            .zip(olds)
            .map(|(write, old)| Change {
                old: old.map(|it| it.row),
                new: write.row.map(|row| write.schema.revised(row, pos)),
                rev: pos,
                schema: write.schema,
                id: write.id,
            });
        Ok(Committed {
            pos,
            changes: changes.collect(),
        })
    }

    /// Checks what was read and what the writes expect, in the order of the contract. `rev` answers the revision of
    /// a record, `None` if there is no such record.
    ///
    /// # Errors
    /// The first expectation that does not hold, and whatever `rev` fails with.
    pub fn check_expected(
        &self,
        mut rev: impl FnMut(&Arc<Schema>, &Value) -> Result<Option<u64>, StoreError>,
    ) -> Result<(), StoreError> {
        for it in &self.reads {
            if !it.expect.holds(rev(&it.schema, &it.id)?) {
                return Err(StoreError::Stale);
            }
        }
        for (write, it) in self.writes.iter().enumerate() {
            if !it.expect.holds(rev(&it.schema, &it.id)?) {
                return Err(it.expect.failed(write));
            }
        }
        Ok(())
    }

    /// Checks that no record will name a parent that is to be without children. `children` answers the ids of all records that have
    /// this value in the field at this place.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if one will, and whatever `children` fails with.
    pub fn check_childless(
        &self,
        mut children: impl FnMut(&Arc<Schema>, usize, &Value) -> Result<Vec<Value>, StoreError>,
    ) -> Result<(), StoreError> {
        if self.childless.is_empty() {
            return Ok(());
        }
        let written = self.writes.iter().map(|it| (it.schema.name, &it.id));
        let written: HashSet<_> = written.collect();
        let barren = self
            .childless
            .iter()
            .map(|it| (it.schema.name, it.field, &it.parent));
        let barren: HashSet<_> = barren.collect();
        let fields: HashSet<_> = barren
            .iter()
            .map(|(name, field, _)| (*name, *field))
            .collect();
        let names = |write: &Write, field: usize| {
            write
                .row
                .as_ref()
                .is_some_and(|row| barren.contains(&(write.schema.name, field, &row[field])))
        };
        for (name, field) in fields {
            let mut written = self.writes.iter().filter(|it| it.schema.name == name);
            if written.any(|write| names(write, field)) {
                return Err(StoreError::Stale);
            }
        }
        for Childless {
            schema,
            field,
            parent,
        } in &self.childless
        {
            let left = children(schema, *field, parent)?;
            if left.iter().any(|id| !written.contains(&(schema.name, id))) {
                return Err(StoreError::Stale);
            }
        }
        Ok(())
    }

    /// Checks that nobody else holds what the writes put into `unique` fields. `holder` answers the id of the record
    /// that has this value in the field at this place, `None` if none has.
    ///
    /// # Errors
    /// [`StoreError::Unique`] for the first value that is taken, and whatever `holder` fails with.
    pub fn check_unique(
        &self,
        mut holder: impl FnMut(&Arc<Schema>, usize, &Value) -> Result<Option<Value>, StoreError>,
    ) -> Result<(), StoreError> {
        let unique = |it: &Write| it.row.is_some() && it.schema.unique().next().is_some();
        if !self.writes.iter().any(unique) {
            return Ok(());
        }
        let written = self.writes.iter().map(|it| (it.schema.name, &it.id));
        let written: HashSet<_> = written.collect();
        let mut taken = HashSet::new();
        for (write, it) in self.writes.iter().enumerate() {
            let Some(row) = &it.row else { continue };
            for field in it.schema.unique() {
                let value = &row[field];
                if value.is_null() {
                    continue;
                }
                let others = |id: &Value| !written.contains(&(it.schema.name, id));
                let held = holder(&it.schema, field, value)?.is_some_and(|id| others(&id));
                if held || !taken.insert((it.schema.name, field, value)) {
                    return Err(StoreError::Unique { write, field });
                }
            }
        }
        Ok(())
    }
}

impl Expect {
    /// Whether this is what is stored: the revision of the record, if there is one.
    #[must_use]
    pub fn holds(self, rev: Option<u64>) -> bool {
        match self {
            Self::Absent => rev.is_none(),
            Self::Rev(expected) => rev == Some(expected),
        }
    }

    /// What a write that expected this in vain is answered.
    pub(super) fn failed(self, write: usize) -> StoreError {
        match self {
            Self::Absent => StoreError::Exists { write },
            Self::Rev(_) => StoreError::Stale,
        }
    }
}
