//! What a record holds in a field that is younger than the record.

use std::error::Error as _;

use serde_json::Value as Json;

use super::{Field, Kind};
use crate::error::Error;
use crate::resource::DefaultColumn;
use crate::row::{Column, Value, time};

/// The default of a field: what its facts give, or what schemars says of it. Null counts as none.
///
/// # Errors
/// Why what the facts give cannot be stored.
pub(super) fn of(field: &Field, stated: Option<DefaultColumn>) -> Result<Option<Value>, String> {
    let default = match stated {
        Some(default) => Some(default(Column::of(field)).map_err(|error| reason(&error))?),
        None => described(field),
    };
    Ok(default.filter(|value| !value.is_null()))
}

/// What a client would not be told.
fn reason(error: &Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

fn described(field: &Field) -> Option<Value> {
    let default = field.schema.get("default")?;
    Some(match field.kind {
        Kind::Bool => Value::Bool(default.as_bool()?),
        Kind::Int => Value::Int(match default {
            // As a `bigint` is described.
            Json::String(digits) => digits.parse().ok()?,
            number => number.as_i64()?,
        }),
        Kind::Float => Value::Float(default.as_f64()?),
        Kind::Text => Value::Text(default.as_str()?.into()),
        Kind::Time => Value::Time(time::parse(default.as_str()?)?),
        Kind::Json if default.is_null() => return None,
        Kind::Json => Value::Json(default.to_string().into()),
    })
}
