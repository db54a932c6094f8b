//! Values between PostgreSQL and sockful, in the binary form of the database: nothing is lost on the way.

use std::error::Error as StdError;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{self, FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::error::damaged;
use super::json;
use super::row::Row as PgRow;
use super::tables::Table;
use crate::row::Value;
use crate::schema::{Field, Kind};
use crate::store::sql::{members, values};
use crate::store::{StoreError, Stored};

pub(super) use crate::store::sql::values::integer;

/// 2000-01-01T00:00:00Z in microseconds since 1970, from where PostgreSQL counts.
const EPOCH: i64 = 946_684_800_000_000;

type Wrong = Box<dyn StdError + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        match (self, kind_of(wanted)) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Bool(value), Some(Kind::Bool)) => out.put_u8((*value).into()),
            (Self::Int(value), Some(Kind::Int)) => out.put_i64(*value),
            (Self::Float(value), Some(Kind::Float)) => out.put_f64(*value),
            (Self::Text(value), Some(Kind::Text)) => out.put_slice(value.as_bytes()),
            (Self::Time(value), Some(Kind::Time)) => out.put_i64(value.saturating_sub(EPOCH)),
            (Self::Json(value), Some(Kind::Json)) => {
                // The version of the form, of which there is one.
                out.put_u8(1);
                out.put_slice(json::for_jsonb(value).as_bytes());
            }
            (Self::Json(set), None) => match wanted.kind() {
                types::Kind::Array(member) => {
                    let values = kind_of(member).and_then(|kind| members(kind, set));
                    return values.ok_or("a set of other values")?.to_sql(wanted, out);
                }
                _ => return Err(format!("a nested value as {wanted}").into()),
            },
            (value, _) => return Err(format!("{value:?} as {wanted}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// The type of the columns of a kind, without its collation.
pub(super) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "boolean",
        Kind::Int => "bigint",
        Kind::Float => "double precision",
        Kind::Text => "text",
        Kind::Time => "timestamptz",
        Kind::Json => "jsonb",
    }
}

fn kind_of(wanted: &Type) -> Option<Kind> {
    Some(match *wanted {
        Type::BOOL => Kind::Bool,
        Type::INT8 => Kind::Int,
        Type::FLOAT8 => Kind::Float,
        Type::TEXT => Kind::Text,
        Type::TIMESTAMPTZ => Kind::Time,
        Type::JSONB => Kind::Json,
        _ => return None,
    })
}

/// A value as it came.
pub(super) struct Raw<'a> {
    kind: Option<Kind>,
    bytes: &'a [u8],
}

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(found: &Type, bytes: &'a [u8]) -> Result<Self, Wrong> {
        let kind = kind_of(found);
        Ok(Self { kind, bytes })
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Reads the value of a field; `None` if it cannot be one.
pub(super) fn value(field: &Field, raw: Option<Raw<'_>>) -> Option<Value> {
    let Some(Raw { kind, bytes }) = raw else {
        return field.nullable.then_some(Value::Null);
    };
    let number = || bytes.try_into().ok().map(i64::from_be_bytes);
    if kind != Some(field.kind) {
        return None;
    }
    Some(match field.kind {
        Kind::Bool => Value::Bool(*bytes.first()? != 0),
        Kind::Int => Value::Int(number()?),
        Kind::Float => {
            let value = f64::from_bits(number()?.cast_unsigned());
            Value::Float(Some(value).filter(|it| it.is_finite())?)
        }
        Kind::Text => Value::Text(str::from_utf8(bytes).ok()?.into()),
        // The two infinities, which are no moments, are beyond what can be counted from 1970.
        Kind::Time => Value::Time(
            number()?
                .checked_add(EPOCH)
                .filter(|it| *it != i64::MIN + EPOCH)?,
        ),
        Kind::Json => {
            let text = str::from_utf8(bytes.strip_prefix(&[1])?).ok()?;
            Value::Json(json::plain(text).into())
        }
    })
}

/// Reads a row: from column `from` on the fields in the order of the schema, then the revision.
pub(super) fn stored(table: &Table, row: &PgRow, from: usize) -> Result<Stored, StoreError> {
    let schema = &table.schema;
    let columns = values::row(schema, |place, field| {
        let raw = row.try_get(from + place).ok();
        raw.and_then(|raw| value(field, raw))
    })?;
    Ok(Stored {
        row: columns,
        rev: position(row, from + schema.fields.len())?,
    })
}

/// Reads the id of a row.
pub(super) fn id(table: &Table, row: &PgRow, column: usize) -> Result<Value, StoreError> {
    let found = value(table.schema.id_field(), row.try_get(column)?);
    found.ok_or_else(|| damaged(format!("an id of `{}`", table.schema.name)))
}

/// Reads a position or a revision.
pub(super) fn position(row: &PgRow, column: usize) -> Result<u64, StoreError> {
    let position: Option<i64> = row.try_get(column)?;
    let position = position.and_then(|it| u64::try_from(it).ok());
    position.ok_or_else(|| damaged("a position is no number"))
}

/// Reads a time, in microseconds since 1970.
pub(super) fn time(row: &PgRow, column: usize) -> Result<i64, StoreError> {
    let raw: Option<Raw<'_>> = row.try_get(column)?;
    let number = raw.and_then(|raw| raw.bytes.try_into().ok());
    let number = number.map(|bytes| i64::from_be_bytes(bytes).saturating_add(EPOCH));
    number.ok_or_else(|| damaged("a time is none"))
}
