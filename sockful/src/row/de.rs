//! Rows to records: the user's own `Deserialize`, column by column, and payloads laid over stored rows.

mod overlay;
mod refusal;
mod stored;

use serde::de::DeserializeOwned;
use serde::de::value::MapAccessDeserializer;

pub(crate) use self::overlay::{Overlay, overlay};
use self::stored::Columns;
use super::Row;
use crate::error::{Error, Result};
use crate::resource::Resource;
use crate::schema::Schema;

/// The record of a row.
///
/// # Errors
/// Internal, if a stored value no longer fits the type of its field.
pub(crate) fn decode<R: Resource + DeserializeOwned>(row: &Row, schema: &Schema) -> Result<R> {
    let mut columns = Columns::new(row, schema);
    R::deserialize(MapAccessDeserializer::new(&mut columns))
        .map_err(|error| unreadable(schema, columns.last(), &error))
}

/// The error of a stored value that no longer decodes; all of it is for the log.
fn unreadable(schema: &Schema, field: Option<usize>, error: &serde_json::Error) -> Error {
    let name = schema.name;
    match field.map(|index| &schema.fields[index]) {
        // serde's text may quote the value.
        Some(field) if field.words.private => Error::internal(format!(
            "a private field of a stored `{name}` no longer fits its type"
        )),
        Some(field) => Error::internal(format!("`{name}.{}` as stored: {error}", field.name)),
        None => Error::internal(format!("`{name}` as stored: {error}")),
    }
}
