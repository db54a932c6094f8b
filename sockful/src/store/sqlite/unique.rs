//! Whether every value of a `unique` field may be taken, and how a row lets go of those it has.

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};

use foldhash::quality::RandomState;
use rusqlite::Connection;

use super::rows::{bind, integer, value};
use crate::row::Value;
use crate::schema::{Field, Kind};
use crate::store::sql::{Table, Tables};
use crate::store::{StoreError, Stored, Transaction, Write};

/// Looks for another holder of each value that the writes take; `found` is what they replace.
///
/// Answers the places of the writes whose rows hold what others in the transaction take: these must
/// [let go](let_go) of it first.
///
/// # Errors
/// [`StoreError::Unique`] for the first value that is taken.
pub(super) fn check(
    connection: &Connection,
    tables: &Tables,
    transaction: &Transaction,
    found: &[Option<Stored>],
) -> Result<BTreeSet<usize>, StoreError> {
    let mut clear = BTreeSet::new();
    let writes = &transaction.writes;
    // Only asked for where a value is taken.
    let held = LazyCell::new(|| held(writes, found));
    transaction.check_unique(|schema, field, wanted| {
        // Nobody else holds what one of those has that are replaced.
        if let Some(&place) = held.get(&(schema.name, field, wanted)) {
            let Write { id, row, .. } = &writes[place];
            let keeps = row.as_ref().is_some_and(|row| row[field] == *wanted);
            if !keeps {
                clear.insert(place);
            }
            return Ok(Some(id.clone()));
        }
        let table = tables.of(schema)?;
        let holder_of = table.holders.iter().find(|(place, _)| *place == field);
        match holder_of {
            Some((_, text)) => holder(connection, table, text, wanted),
            None => Ok(None),
        }
    })?;
    Ok(clear)
}

/// A value of a unique field: by the name of its resource, and the place of the field.
type Unique<'a> = (&'a str, usize, &'a Value);

/// What the rows hold that the writes replace, with the places of those writes.
fn held<'a>(
    writes: &'a [Write],
    found: &'a [Option<Stored>],
) -> HashMap<Unique<'a>, usize, RandomState> {
    let mut held = HashMap::default();
    for (place, (write, found)) in writes.iter().zip(found).enumerate() {
        let Some(found) = found else { continue };
        for field in write.schema.unique() {
            held.insert((write.schema.name, field, &found.row[field]), place);
        }
    }
    held
}

/// Gives a row values of its unique fields that nobody has, until its own write comes. It stays where it is:
/// its table may have columns that no field has.
pub(super) fn let_go(
    connection: &Connection,
    table: &Table,
    id: &Value,
    pos: u64,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&table.let_go.text)?;
    let fields = table.let_go.fields.iter();
    let free: Vec<_> = fields
        .map(|field| free(&table.schema.fields[*field]))
        .collect();
    let rev = Value::Int(integer(pos));
    bind(&mut statement, free.iter().chain([&rev, id]))?;
    statement.raw_execute()?;
    Ok(())
}

/// A value that nobody has. It need not be one that the field may have, only one that its column takes.
fn free(field: &Field) -> Value {
    if field.nullable {
        return Value::Null;
    }
    let random = uuid::Uuid::new_v4();
    let (number, _) = random.as_u64_pair();
    match field.kind {
        Kind::Bool | Kind::Int | Kind::Time => Value::Int(number.cast_signed()),
        #[expect(clippy::cast_precision_loss, reason = "any number will do")]
        Kind::Float => Value::Float(number as f64),
        Kind::Text | Kind::Json => Value::Text(random.to_string().into()),
    }
}

/// The id of the record that holds a value.
fn holder(
    connection: &Connection,
    table: &Table,
    statement: &str,
    wanted: &Value,
) -> Result<Option<Value>, StoreError> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query([wanted])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(value(table.schema.id_field(), row.get_ref(0)?))
}
