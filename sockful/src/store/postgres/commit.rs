//! What a batch of commits comes to, worked out in memory: each is judged as if those before it were done.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::connection::{Ask, Parameters};
use super::ledger;
use super::log::{self, Lines};
use super::rows::integer;
use super::tables::{Table, Tables};
use super::touched::{Key, Known, Record};
use crate::change::Change;
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::sql::{Recorded, panicked};
use crate::store::{Answered, Committed, Operation, OperationKey, StoreError, Transaction, Write};

/// Commits that are done together.
pub(super) struct Batch<'a> {
    tables: &'a Tables,
    known: Known,
    /// The position of the newest commit.
    last: u64,
    /// When it is, in microseconds since 1970: by the clock of the database, which all nodes share.
    at: i64,
    /// The records that are written, in the order in which they were first.
    order: Vec<Key>,
    lines: Lines,
    recorded: Vec<Recorded>,
    /// The first position that is taken.
    first: Option<u64>,
}

/// What tells later whether a batch was committed.
pub(super) enum Proof {
    /// Its first entry in the log: position and time.
    Entry(u64, i64),
    /// Its first operation in the ledger, and time.
    Operation(OperationKey, i64),
}

impl<'a> Batch<'a> {
    pub(super) fn new(tables: &'a Tables, known: Known, last: u64, at: i64) -> Self {
        Self {
            tables,
            known,
            last,
            at,
            order: Vec::new(),
            lines: Lines::default(),
            recorded: Vec::new(),
            first: None,
        }
    }

    /// Judges a transaction, and takes it in if all that it expects holds.
    pub(super) fn take(&mut self, transaction: &mut Transaction) -> Result<Committed, StoreError> {
        let operation = transaction.operation.as_ref();
        let answered = operation.and_then(|it| self.known.answers.get(&it.key));
        if let Some(answered) = answered {
            return Err(StoreError::Answered(answered.clone()));
        }
        transaction.check_expected(|schema, id| {
            let table = self.tables.of(schema)?;
            Ok(self.known.rev(&(table.schema.name, id.clone())))
        })?;
        transaction.check_childless(|schema, field, parent| {
            let key = (schema.name, field, parent.clone());
            let children = self.known.children.get(&key).into_iter().flatten();
            Ok(children.cloned().collect())
        })?;
        transaction.check_unique(|schema, field, value| Ok(self.holder(schema, field, value)))?;
        let Transaction {
            writes, operation, ..
        } = transaction;
        let pos = self.last + u64::from(!writes.is_empty());
        let changes = writes.iter().map(|write| self.change(write, pos));
        let committed = Committed {
            pos,
            changes: changes.collect(),
        };
        // Last, because it may panic: nothing has been taken in yet.
        let answer = operation
            .as_mut()
            .map(|operation| answer(operation, &committed))
            .transpose()?;
        self.apply(&committed)?;
        if let Some(Recorded { key, answered }) = &answer {
            self.known.answers.insert(key.clone(), answered.clone());
        }
        self.recorded.extend(answer);
        Ok(committed)
    }

    fn holder(&self, schema: &Schema, field: usize, value: &Value) -> Option<Value> {
        let key = (schema.name, field, value.clone());
        self.known.holders.get(&key).cloned()
    }

    fn change(&self, write: &Write, pos: u64) -> Change {
        let record = self
            .known
            .records
            .get(&(write.schema.name, write.id.clone()));
        let row = write.row.clone();
        Change {
            schema: write.schema.clone(),
            id: write.id.clone(),
            rev: pos,
            old: record.and_then(|record| record.row.clone()),
            new: row.map(|row| write.schema.revised(row, pos)),
        }
    }

    fn apply(&mut self, committed: &Committed) -> Result<(), StoreError> {
        for (part, change) in committed.changes.iter().enumerate() {
            let table = self.tables.of(&change.schema)?;
            self.lines.push(table, part, change);
            let name = table.schema.name;
            for (field, _) in &table.holders {
                let holders = &mut self.known.holders;
                if let Some(old) = &change.old {
                    let key = (name, *field, old[*field].clone());
                    // Another write of the same transaction may hold it already.
                    if holders.get(&key) == Some(&change.id) {
                        holders.remove(&key);
                    }
                }
                if let Some(new) = &change.new
                    && !new[*field].is_null()
                {
                    holders.insert((name, *field, new[*field].clone()), change.id.clone());
                }
            }
            for (field, _) in &table.children {
                let children = &mut self.known.children;
                if let Some(old) = &change.old
                    && let Some(of_old) = children.get_mut(&(name, *field, old[*field].clone()))
                {
                    of_old.remove(&change.id);
                }
                if let Some(new) = &change.new
                    && let Some(of_new) = children.get_mut(&(name, *field, new[*field].clone()))
                {
                    of_new.insert(change.id.clone());
                }
            }
            let key = (name, change.id.clone());
            let record = self.known.records.entry(key.clone()).or_default();
            if !std::mem::replace(&mut record.written, true) {
                self.order.push(key);
            }
            record.rev = change.new.is_some().then_some(change.rev);
            record.row.clone_from(&change.new);
        }
        if !committed.changes.is_empty() {
            self.first = self.first.or(Some(committed.pos));
        }
        self.last = committed.pos;
        Ok(())
    }

    /// What would tell that it was committed; `None` if there is nothing to commit.
    pub(super) fn proof(&self) -> Option<Proof> {
        if let Some(first) = self.first {
            return Some(Proof::Entry(first, self.at));
        }
        let recorded = self.recorded.first()?;
        Some(Proof::Operation(recorded.key.clone(), self.at))
    }

    /// The statements that write it: rows as they are in the end, the log, the ledger.
    pub(super) fn statements(&mut self) -> Vec<Ask<'a>> {
        let mut effects: Vec<Effects<'a>> = Vec::new();
        for (name, id) in std::mem::take(&mut self.order) {
            let Some(table) = self.tables.named(name) else {
                continue;
            };
            let known = effects.iter().position(|it| it.table.schema.name == name);
            let at = known.unwrap_or_else(|| {
                effects.push(Effects::new(table));
                effects.len() - 1
            });
            if let Some(record) = self.known.records.remove(&(name, id.clone())) {
                effects[at].add(id, record);
            }
        }
        // A record names what is there, or will be; where several tables are written keys wait for the end.
        let mut statements = Vec::new();
        statements.extend(effects.iter().filter_map(Effects::insert));
        statements.extend(effects.iter().filter_map(Effects::update));
        statements.extend(effects.iter().filter_map(Effects::delete));
        if !self.lines.is_empty() {
            let lines = std::mem::take(&mut self.lines);
            statements.push(Ask::new(log::APPEND, lines.parameters(self.at)));
        }
        if !self.recorded.is_empty() {
            let parameters = ledger::recorded(&self.recorded, self.at);
            statements.push(Ask::new(ledger::RECORD, parameters));
        }
        statements
    }
}

/// The answer of an operation, for the ledger.
fn answer(operation: &mut Operation, committed: &Committed) -> Result<Recorded, StoreError> {
    let answer = catch_unwind(AssertUnwindSafe(|| (operation.answer)(committed)));
    Ok(Recorded {
        key: operation.key.clone(),
        answered: Answered {
            request: operation.request,
            answer: answer.map_err(|panic| panicked(&*panic))?.into(),
        },
    })
}

/// What becomes of the records of one table.
struct Effects<'a> {
    table: &'a Table,
    inserted: Vec<(Row, u64)>,
    updated: Vec<(Row, u64)>,
    deleted: Vec<Value>,
}

impl<'a> Effects<'a> {
    fn new(table: &'a Table) -> Self {
        Self {
            table,
            inserted: Vec::new(),
            updated: Vec::new(),
            deleted: Vec::new(),
        }
    }

    fn add(&mut self, id: Value, record: Record) {
        let rev = record.rev.unwrap_or(0);
        match (record.stored, record.row) {
            (false, Some(row)) => self.inserted.push((row, rev)),
            (true, Some(row)) => self.updated.push((row, rev)),
            (true, None) => self.deleted.push(id),
            (false, None) => {}
        }
    }

    fn insert(&self) -> Option<Ask<'a>> {
        let (table, rows) = (self.table, &self.inserted);
        let parameters = arrays(rows, &table.inserted);
        (!rows.is_empty()).then(|| Ask::new(&table.insert, parameters))
    }

    fn update(&self) -> Option<Ask<'a>> {
        let (table, rows) = (self.table, &self.updated);
        let mut parameters = arrays(rows, &table.updated);
        let ids = rows.iter().map(|(row, _)| row[table.schema.id].clone());
        parameters.push(Box::new(ids.collect::<Vec<_>>()));
        (!rows.is_empty()).then(|| Ask::new(&table.update, parameters))
    }

    fn delete(&self) -> Option<Ask<'a>> {
        let ids = self.deleted.clone();
        (!ids.is_empty()).then(|| Ask::new(&self.table.delete, vec![Box::new(ids)]))
    }
}

/// An array for each of these fields, and one of the revisions.
pub(super) fn arrays(rows: &[(Row, u64)], fields: &[usize]) -> Parameters {
    let mut arrays = Parameters::new();
    for field in fields {
        let values = rows.iter().map(|(row, _)| row[*field].clone());
        arrays.push(Box::new(values.collect::<Vec<_>>()));
    }
    let revs = rows.iter().map(|(_, rev)| integer(*rev));
    arrays.push(Box::new(revs.collect::<Vec<_>>()));
    arrays
}
