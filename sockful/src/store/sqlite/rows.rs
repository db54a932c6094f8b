//! Values between SQLite and sockful.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, ToSql};

use super::error::damaged;
use crate::row::Value;
use crate::schema::{Field, Kind};
use crate::store::sql::{Table, values};
use crate::store::{StoreError, Stored};

pub(super) use crate::store::sql::values::integer;

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
    let schema = &table.schema;
    let row = values::row(schema, |place, field| {
        column(place).and_then(|column| value(field, column))
    })?;
    Ok(Stored {
        row,
        rev: position(column(schema.fields.len()).unwrap_or(ValueRef::Null))?,
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
