//! Values between SQLite and sockful.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, ToSql};

use super::error::damaged;
use crate::row::{Row, Value};
use crate::schema::{Field, Kind};
use crate::store::sql::Table;
use crate::store::{StoreError, Stored};

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Bool(value) => ValueRef::Integer((*value).into()),
            Self::Int(value) | Self::Time(value) => ValueRef::Integer(*value),
            Self::Float(value) => ValueRef::Real(*value),
            Self::Text(value) | Self::Json(value) => ValueRef::Text(value.as_bytes()),
        }))
    }
}

/// Gives a statement all its values.
pub(super) fn bind<'a>(
    statement: &mut Statement<'_>,
    values: impl IntoIterator<Item = &'a Value>,
) -> rusqlite::Result<()> {
    for (index, value) in values.into_iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}

/// Reads a row: the fields in the order of the schema, then the revision.
pub(super) fn stored(table: &Table, row: &rusqlite::Row<'_>) -> Result<Stored, StoreError> {
    of_columns(table, |place| row.get_ref(place).ok())
}

/// The same where the columns are elsewhere. Each is asked for once, in their order.
pub(super) fn of_columns<'a>(
    table: &Table,
    mut column: impl FnMut(usize) -> Option<ValueRef<'a>>,
) -> Result<Stored, StoreError> {
    let fields = &table.schema.fields;
    let mut wrong = None;
    // An iterator of known length makes one allocation of a row; one that may fail would make several.
    let values: Arc<[Value]> = fields
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let value = column(place).and_then(|column| value(field, column));
            value.unwrap_or_else(|| {
                wrong.get_or_insert(field);
                Value::Null
            })
        })
        .collect();
    if let Some(field) = wrong {
        return Err(damaged(format!(
            "`{}.{}` holds what is not {}",
            table.plain_name,
            field.name,
            field.kind.noun()
        )));
    }
    Ok(Stored {
        row: Row::new(values),
        rev: position(column(fields.len()).unwrap_or(ValueRef::Null))?,
    })
}

/// Reads the value of a field; `None` if it cannot be one.
pub(super) fn value(field: &Field, column: ValueRef<'_>) -> Option<Value> {
    match (field.kind, column) {
        (_, ValueRef::Null) => field.nullable.then_some(Value::Null),
        (Kind::Bool, ValueRef::Integer(0)) => Some(Value::Bool(false)),
        (Kind::Bool, ValueRef::Integer(1)) => Some(Value::Bool(true)),
        (Kind::Int, ValueRef::Integer(value)) => Some(Value::Int(value)),
        (Kind::Time, ValueRef::Integer(value)) => Some(Value::Time(value)),
        (Kind::Float, ValueRef::Real(value)) => Some(Value::Float(value)),
        (Kind::Text, ValueRef::Text(bytes)) => Some(Value::Text(text(bytes)?.into())),
        (Kind::Json, ValueRef::Text(bytes)) => Some(Value::Json(text(bytes)?.into())),
        _ => None,
    }
}

/// Reads text. U+0000 is never written, and what a disk has not written in time is full of it.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes).ok()?;
    (!bytes.contains(&0)).then_some(text)
}

/// Reads a position or a revision.
pub(super) fn position(column: ValueRef<'_>) -> Result<u64, StoreError> {
    let position = column.as_i64().ok().and_then(|it| u64::try_from(it).ok());
    position.ok_or_else(|| damaged("a position is no number"))
}

/// A position as SQLite keeps it. Positions stay below 2^53.
pub(super) fn integer(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
