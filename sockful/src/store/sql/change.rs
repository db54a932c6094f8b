//! The old and the new row of a change, as the log keeps them: the new one whole, of the old one what differs.
//!
//! A row is a JSON array of its values in the order of its schema. Nested values stand in it as they are.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::layout::Column;
use crate::row::{Row, Value, text, write_integer};
use crate::schema::{Field, Schema};

/// The rows before and after a change.
pub(in crate::store) struct Pair {
    pub(in crate::store) old: Option<Row>,
    pub(in crate::store) new: Option<Row>,
}

/// The new row as text.
pub(in crate::store) fn write_new(row: &Row) -> String {
    // Seldom too little: few texts hold what must be escaped.
    let mut text = String::with_capacity(row.size());
    text.push('[');
    for value in row.values() {
        if text.len() > 1 {
            text.push(',');
        }
        text::write(value, &mut text);
    }
    text.push(']');
    text
}

/// What the new row does not tell of the old one, by the places of the columns: everything, if there is no new one.
pub(in crate::store) fn write_old(old: &Row, new: Option<&Row>) -> String {
    let mut text = String::from("{");
    for (place, value) in old.values().iter().enumerate() {
        if new.is_some_and(|new| new[place] == *value) {
            continue;
        }
        if text.len() > 1 {
            text.push(',');
        }
        text.push('"');
        write_integer(place, &mut text);
        text.push_str("\":");
        text::write(value, &mut text);
    }
    text.push('}');
    text
}

/// Reads a change that was written when the table had these columns, as rows of the schema of today.
///
/// # Errors
/// If the texts are not what this file writes.
pub(in crate::store) fn read_pair(
    columns: &[Column],
    schema: &Schema,
    old: Option<&str>,
    new: Option<&str>,
) -> serde_json::Result<Pair> {
    let new: Option<Vec<&RawValue>> = new.map(serde_json::from_str).transpose()?;
    let old: Option<BTreeMap<usize, &RawValue>> = old.map(serde_json::from_str).transpose()?;
    let of_new = |place: usize| new.as_ref()?.get(place).copied();
    let of_old = |place: usize| {
        let old = old.as_ref()?.get(&place).copied();
        old.or_else(|| of_new(place))
    };
    Ok(Pair {
        old: old.as_ref().map(|_| row(columns, schema, &of_old)),
        new: new.as_ref().map(|_| row(columns, schema, &of_new)),
    })
}

/// A row of the schema of today, from values by their places among the columns of that time.
fn row<'a>(columns: &[Column], schema: &Schema, at: &dyn Fn(usize) -> Option<&'a RawValue>) -> Row {
    let named = |name: &str| columns.iter().position(|column| column.name == name);
    let value = |field: &Field| {
        let then = || field.words.renamed_from.iter().find_map(|name| named(name));
        match named(field.name).or_else(then).and_then(at) {
            Some(raw) => read_value(field, raw),
            None => absent(field),
        }
    };
    Row::new(schema.fields.iter().map(value).collect::<Vec<_>>())
}

/// A value that does not fit the field of today, whose kind has changed, counts as one that was never there.
fn read_value(field: &Field, raw: &RawValue) -> Value {
    text::read(field.kind, raw).unwrap_or_else(|_| absent(field))
}

fn absent(field: &Field) -> Value {
    field.default.clone().unwrap_or(Value::Null)
}
