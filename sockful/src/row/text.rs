//! Values and rows as text, for stores that keep text.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde_json::value::RawValue;

use super::{Row, Value, write_float, write_integer, write_text};
use crate::schema::{Kind, Schema};

impl Row {
    /// A JSON object with every field by its name: for a store to keep, not for clients, because private fields are in it.
    /// A point in time is its microseconds; a nested value stands in it as it is.
    ///
    /// # Panics
    /// If the row is not one of this schema.
    #[must_use]
    pub fn to_json(&self, schema: &Schema) -> String {
        let mut text = String::from("{");
        for (place, field) in schema.fields.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            text.push_str(&field.key);
            write(&self[place], &mut text);
        }
        text.push('}');
        text
    }

    /// Reads what [`to_json`](Self::to_json) has written, also when the struct was another: fields that are new have
    /// their default or null, those that are gone are left out. Names that a field has had count as its own.
    ///
    /// # Errors
    /// If the text is no such object, if a value does not fit its field, and if a field is missing
    /// that has no default and cannot be null.
    pub fn from_json(schema: &Schema, text: &str) -> serde_json::Result<Self> {
        let kept: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
        let values = schema.fields.iter().map(|field| {
            let then = || {
                field
                    .words
                    .renamed_from
                    .iter()
                    .find_map(|name| kept.get(*name))
            };
            let value = match kept.get(field.name).or_else(then) {
                Some(raw) => read(field.kind, raw)?,
                None => field.default.clone().unwrap_or(Value::Null),
            };
            if value.is_null() && !field.nullable {
                let message = format!("`{}` is missing", field.name);
                return Err(serde_json::Error::custom(message));
            }
            Ok(value)
        });
        Ok(Self::new(values.collect::<serde_json::Result<Vec<_>>>()?))
    }
}

/// Adds a value to JSON text.
pub(crate) fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Int(value) | Value::Time(value) => write_integer(*value, text),
        Value::Float(value) => write_float(*value, text),
        Value::Text(value) => write_text(value, text),
        Value::Json(value) => text.push_str(value),
    }
}

/// Reads what [`write`](write()) has written of a value of this kind.
///
/// # Errors
/// If it is of another kind.
pub(crate) fn read(kind: Kind, raw: &RawValue) -> serde_json::Result<Value> {
    let text = raw.get();
    if text == "null" {
        return Ok(Value::Null);
    }
    Ok(match kind {
        Kind::Bool => Value::Bool(serde_json::from_str(text)?),
        Kind::Int => Value::Int(serde_json::from_str(text)?),
        Kind::Time => Value::Time(serde_json::from_str(text)?),
        Kind::Float => Value::Float(serde_json::from_str(text)?),
        Kind::Text => Value::Text(serde_json::from_str::<String>(text)?.into()),
        Kind::Json => Value::Json(text.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::encode;
    use crate::row::tests::{Creature, creature, schema_of};

    #[test]
    fn a_row_comes_back_as_it_was() {
        let schema = schema_of::<Creature>();
        let row = encode(&creature(), &schema).unwrap();
        let text = row.to_json(&schema);
        assert_eq!(Row::from_json(&schema, &text).unwrap(), row);
    }

    #[test]
    fn what_is_missing_has_its_default_or_is_refused() {
        let schema = schema_of::<Creature>();
        let row = encode(&creature(), &schema).unwrap();
        let mut kept: serde_json::Value = serde_json::from_str(&row.to_json(&schema)).unwrap();
        kept.as_object_mut().unwrap().remove("health");
        let read = Row::from_json(&schema, &kept.to_string()).unwrap();
        let health = schema.position("health").unwrap();
        assert_eq!(read[health], Value::Int(100));
        kept.as_object_mut().unwrap().remove("name");
        let error = Row::from_json(&schema, &kept.to_string()).unwrap_err();
        assert_eq!(error.to_string(), "`name` is missing");
        kept["name"] = 5.into();
        assert!(Row::from_json(&schema, &kept.to_string()).is_err());
    }
}
