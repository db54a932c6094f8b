//! Rows to records: the user's own `Deserialize`, column by column, and payloads laid over stored rows.

mod fixed;
mod name;
mod overlay;
mod refusal;
mod stored;
mod strict;

use std::cell::Cell;

use serde::de::DeserializeOwned;
use serde::de::value::MapAccessDeserializer;

pub(crate) use self::fixed::{keep_fixed, names_hidden};
pub(crate) use self::overlay::{Overlay, overlay};
use self::stored::Columns;
use self::strict::Strict;
use super::Row;
use super::explain::{Description, NOT_VALID, Node, Tree, mistakes};
use crate::error::{Error, FieldError};
use crate::resource::Resource;
use crate::schema::Schema;

/// The record of a row.
///
/// # Errors
/// Internal, if a stored value no longer fits the type of its field.
pub(crate) fn decode<R: Resource + DeserializeOwned>(
    row: &Row,
    schema: &Schema,
) -> Result<R, Error> {
    let mut columns = Columns::new(row, schema);
    R::deserialize(MapAccessDeserializer::new(&mut columns))
        .map_err(|error| unreadable(schema, columns.last(), &error))
}

/// Reads a value that a client sent alone, such as an argument; `path` leads to it.
///
/// # Errors
/// Everything that is wrong with it. Without a description, unknown fields that serde reads out of sight pass.
pub(crate) fn read<T: DeserializeOwned>(
    text: &str,
    path: &str,
    description: Option<Description<'_>>,
) -> Result<T, Vec<FieldError>> {
    let hidden = Cell::new(false);
    let mut json = serde_json::Deserializer::from_str(text);
    let accepted = T::deserialize(Strict::new(&mut json, &hidden))
        .and_then(|value| json.end().map(|()| value))
        .ok();
    if !hidden.get() || description.is_none() {
        // All of it was in sight.
        if let Some(value) = accepted {
            return Ok(value);
        }
    }
    let judge = |value: Node<'_>| T::deserialize(value).map(drop);
    let mistakes = match serde_json::from_str::<Tree>(text) {
        Ok(tree) => mistakes(&tree, path, description, judge, |error| error),
        Err(_) => Vec::new(),
    };
    match accepted {
        Some(value) if mistakes.is_empty() => Ok(value),
        None if mistakes.is_empty() => Err(vec![FieldError::new(path, "invalid", NOT_VALID)]),
        _ => Err(mistakes),
    }
}

/// The error of a stored value that no longer decodes; all of it is for the log.
fn unreadable(schema: &Schema, field: Option<usize>, error: &serde_json::Error) -> Error {
    let name = schema.name;
    match field.map(|index| &schema.fields[index]) {
        // serde's text may quote the value.
        Some(field) if field.words.is_hidden() => Error::internal(format!(
            "a hidden field of a stored `{name}` no longer fits its type"
        )),
        Some(field) => Error::internal(format!("`{name}.{}` as stored: {error}", field.name)),
        None => Error::internal(format!("`{name}` as stored: {error}")),
    }
}
