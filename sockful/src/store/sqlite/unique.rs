//! Whether every value of a `unique` field may be taken, and how a row lets go of those it has.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

use super::rows::{bind, integer, value};
use super::tables::Tables;
use crate::row::Value;
use crate::schema::{Field, Kind};
use crate::store::sql::Table;
use crate::store::{StoreError, Stored, Write};

/// Looks for another holder of each value that the writes take; `found` is what they replace. What a record
/// held before the transaction is free for the others in it.
///
/// Answers the places of the writes whose rows hold what others in the transaction take: these must
/// [let go](let_go) of it first.
///
/// # Errors
/// [`StoreError::Unique`] for the first value that is taken.
pub(super) fn check(
    connection: &Connection,
    tables: &Tables,
    writes: &[Write],
    found: &[Option<Stored>],
) -> Result<Vec<usize>, StoreError> {
    let mut clear = Vec::new();
    let written: HashMap<_, _> = if writes.len() > 1 {
        let places = writes.iter().enumerate();
        places
            .map(|(place, write)| ((write.schema.name, &write.id), place))
            .collect()
    } else {
        HashMap::new()
    };
    let mut taken = HashSet::new();
    for (place, (write, found)) in writes.iter().zip(found).enumerate() {
        let Some(row) = &write.row else { continue };
        let table = tables.of(&write.schema)?;
        for (field, holder_of) in &table.holders {
            let wanted = &row[*field];
            if wanted.is_null() {
                continue;
            }
            let refused = StoreError::Unique {
                write: place,
                field: *field,
            };
            let own = found.as_ref().map(|stored| &stored.row[*field]);
            if own != Some(wanted)
                && let Some(holder) = holder(connection, table, holder_of, wanted)?
            {
                match written.get(&(write.schema.name, &holder)) {
                    Some(other) if clear.contains(other) => {}
                    Some(other) => clear.push(*other),
                    None => return Err(refused),
                }
            }
            if writes.len() > 1 && !taken.insert((write.schema.name, *field, wanted)) {
                return Err(refused);
            }
        }
    }
    Ok(clear)
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
