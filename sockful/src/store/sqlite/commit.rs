//! One transaction: everything is checked first, then everything is written.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::rows::{bind, integer, position, stored, value};
use super::{broken, ledger, log, unique};
use crate::change::Change;
use crate::row::{Row, Value};
use crate::store::sql::{Table, Tables};
use crate::store::{Committed, Expect, Read, StoreError, Stored, Transaction, Write};

/// What a transaction has done.
pub(super) struct Done {
    pub(super) committed: Committed,
    pub(super) grown: Grown,
    /// Whether foreign keys are still to be checked, when the transaction of the database ends.
    pub(super) deferred_keys: bool,
}

/// About how many bytes were added to what is kept for a while.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grown {
    pub(super) log: u64,
    pub(super) ledger: u64,
}

impl Grown {
    pub(super) fn both(self) -> u64 {
        self.log + self.ledger
    }
}

impl std::ops::AddAssign for Grown {
    fn add_assign(&mut self, more: Self) {
        self.log += more.log;
        self.ledger += more.ledger;
    }
}

/// A transaction of which all holds that it expects.
pub(super) struct Judged {
    transaction: Transaction,
    /// What the writes replace.
    found: Vec<Option<Stored>>,
    /// The places of the writes that let go of what others take, before anything else is written.
    clear: BTreeSet<usize>,
    /// Whether foreign keys hold in the end alone.
    pub(super) needs_deferred_keys: bool,
}

/// Checks all that a transaction expects.
///
/// # Errors
/// The first that does not hold.
pub(super) fn judge(
    connection: &Connection,
    tables: &Tables,
    transaction: Transaction,
) -> Result<Judged, StoreError> {
    if let Some(operation) = &transaction.operation
        && let Some(answered) = ledger::find(connection, &operation.key)?
    {
        return Err(StoreError::Answered(answered));
    }
    check_reads(connection, tables, &transaction.reads)?;
    let found = find(connection, tables, &transaction.writes)?;
    transaction.check_childless(|schema, field, parent| {
        children(connection, tables.of(schema)?, field, parent)
    })?;
    let clear = unique::check(connection, tables, &transaction, &found)?;
    let writes = &transaction.writes;
    Ok(Judged {
        needs_deferred_keys: broken::is_broken_meanwhile(tables, writes, &found, &clear),
        transaction,
        found,
        clear,
    })
}

/// Writes a transaction, as the commit after the position `last`. Whatever fails, the caller undoes.
///
/// # Errors
/// What the database says nevertheless, and a panic of whoever writes the answer.
pub(super) fn write(
    connection: &Connection,
    tables: &Tables,
    judged: Judged,
    last: u64,
) -> Result<Done, StoreError> {
    let Judged {
        transaction: Transaction {
            writes, operation, ..
        },
        found,
        clear,
        needs_deferred_keys,
    } = judged;
    let at = jiff::Timestamp::now().as_microsecond();
    let pos = if writes.is_empty() { last } else { last + 1 };
    let mut grown = Grown::default();
    let mut changes = Vec::with_capacity(writes.len());
    for place in &clear {
        let write = &writes[*place];
        let table = tables.of(&write.schema)?;
        if write.row.is_some() {
            unique::let_go(connection, table, &write.id, pos)?;
        } else {
            delete(connection, table, &write.id)?;
        }
    }
    for (part, (write, found)) in writes.into_iter().zip(found).enumerate() {
        let table = tables.of(&write.schema)?;
        let old = found.map(|stored| stored.row);
        let new = write.row.map(|row| write.schema.revised(row, pos));
        match (&new, &old) {
            (Some(row), None) => insert(connection, table, row, pos)
                .map_err(|error| exists(connection, table, &write.id, part, error))?,
            // A row that has let go of its values is given others, so that this writes its indexes.
            (Some(row), Some(old)) => update(connection, table, &write.id, (old, row), pos)?,
            (None, Some(_)) if !clear.contains(&part) => delete(connection, table, &write.id)?,
            (None, _) => {}
        }
        let change = Change {
            schema: write.schema,
            id: write.id,
            rev: pos,
            old,
            new,
        };
        grown.log += log::append(connection, table, (part, at), &change)?;
        changes.push(change);
    }
    let committed = Committed { pos, changes };
    if let Some(operation) = operation {
        grown.ledger = ledger::record(connection, operation, &committed, at)?;
    }
    Ok(Done {
        committed,
        grown,
        deferred_keys: needs_deferred_keys,
    })
}

fn check_reads(connection: &Connection, tables: &Tables, reads: &[Read]) -> Result<(), StoreError> {
    for Read { schema, id, expect } in reads {
        let mut statement = connection.prepare_cached(&tables.of(schema)?.rev)?;
        let mut rows = statement.query([id])?;
        let rev = rows.next()?.map(|row| position(row.get_ref(0)?));
        if !expect.holds(rev.transpose()?) {
            return Err(StoreError::Stale);
        }
    }
    Ok(())
}

/// The ids of the records that name a parent.
fn children(
    connection: &Connection,
    table: &Table,
    field: usize,
    parent: &Value,
) -> Result<Vec<Value>, StoreError> {
    let Some((_, text)) = table.children.iter().find(|(place, _)| *place == field) else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(text)?;
    let mut rows = statement.query([parent])?;
    let mut children = Vec::new();
    while let Some(row) = rows.next()? {
        children.extend(value(table.schema.id_field(), row.get_ref(0)?));
    }
    Ok(children)
}

/// What the writes find, which is what they expect. A new record alone is not looked for: its insert will tell.
fn find(
    connection: &Connection,
    tables: &Tables,
    writes: &[Write],
) -> Result<Vec<Option<Stored>>, StoreError> {
    if let [write] = writes
        && write.expect == Expect::Absent
        && write.row.is_some()
        // A taken id is told before a taken value, which is looked for next.
        && tables.of(&write.schema)?.holders.is_empty()
    {
        return Ok(vec![None]);
    }
    let mut found = Vec::with_capacity(writes.len());
    for (place, write) in writes.iter().enumerate() {
        let stored = get(connection, tables.of(&write.schema)?, &write.id)?;
        if !write.expect.holds(stored.as_ref().map(|stored| stored.rev)) {
            return Err(write.expect.failed(place));
        }
        found.push(stored);
    }
    Ok(found)
}

/// The row with an id.
pub(super) fn get(
    connection: &Connection,
    table: &Table,
    id: &Value,
) -> Result<Option<Stored>, StoreError> {
    let mut statement = connection.prepare_cached(&table.get)?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| stored(table, row)).transpose()
}

fn insert(connection: &Connection, table: &Table, row: &Row, pos: u64) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&table.insert.text)?;
    let rev = Value::Int(integer(pos));
    let values = table.insert.fields.iter().map(|field| &row[*field]);
    bind(&mut statement, values.chain([&rev]))?;
    statement.raw_execute()?;
    Ok(())
}

/// Why an insert has failed: it may be that the record is there.
fn exists(
    connection: &Connection,
    table: &Table,
    id: &Value,
    write: usize,
    error: StoreError,
) -> StoreError {
    // Where SQLite has undone everything, there is more to tell than that.
    if !connection.is_autocommit() && matches!(get(connection, table, id), Ok(Some(_))) {
        return StoreError::Exists { write };
    }
    error
}

fn update(
    connection: &Connection,
    table: &Table,
    id: &Value,
    (old, new): (&Row, &Row),
    pos: u64,
) -> Result<(), StoreError> {
    let indexed = table.indexed.iter().any(|field| old[*field] != new[*field]);
    let update = if indexed {
        &table.update
    } else {
        &table.update_unindexed
    };
    let mut statement = connection.prepare_cached(&update.text)?;
    let rev = Value::Int(integer(pos));
    let values = update.fields.iter().map(|field| &new[*field]);
    bind(&mut statement, values.chain([&rev, id]))?;
    statement.raw_execute()?;
    Ok(())
}

fn delete(connection: &Connection, table: &Table, id: &Value) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&table.delete)?;
    statement.execute([id])?;
    Ok(())
}
