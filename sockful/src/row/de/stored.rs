//! The columns of a row, as serde reads them.

use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Error;

use crate::row::{Row, Value, time};
use crate::schema::{Field, Schema};

/// Every column of a row, by name, in the order of the schema.
pub(super) struct Columns<'a> {
    row: &'a Row,
    schema: &'a Schema,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn new(row: &'a Row, schema: &'a Schema) -> Self {
        Self {
            row,
            schema,
            next: 0,
        }
    }

    /// The column read last.
    pub(super) fn last(&self) -> Option<usize> {
        self.next.checked_sub(1)
    }
}

impl<'de> MapAccess<'de> for &mut Columns<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(field) = self.schema.fields.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        seed.deserialize(BorrowedStrDeserializer::new(field.name))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let index = self.next - 1;
        seed.deserialize(StoredValue::new(
            &self.row[index],
            &self.schema.fields[index],
        ))
    }
}

/// One stored value, read as `serde_json` would read it from a payload.
pub(super) struct StoredValue<'a, E> {
    value: &'a Value,
    /// Integers are text: the field is a `bigint`.
    bigint: bool,
    error: PhantomData<E>,
}

impl<'de, E: de::Error> StoredValue<'de, E> {
    pub(super) fn new(value: &'de Value, field: &Field) -> Self {
        Self {
            value,
            bigint: field.words.bigint,
            error: PhantomData,
        }
    }

    fn plain<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) if self.bigint => visitor.visit_string(value.to_string()),
            Value::Int(value) => match u64::try_from(*value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(*value),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Time(micros) => time::with_text(*micros, |text| visitor.visit_str(text)),
            Value::Json(text) => whole(text, |json| json.deserialize_any(visitor)),
        }
    }
}

/// Reads JSON text to its end.
fn whole<'de, T, E: de::Error>(
    text: &'de str,
    read: impl FnOnce(&mut Json<'de>) -> Result<T, Error>,
) -> Result<T, E> {
    let mut json = serde_json::Deserializer::from_str(text);
    read(&mut json)
        .and_then(|value| json.end().map(|()| value))
        .map_err(E::custom)
}

type Json<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

/// Nested values are read by `serde_json`, which must hear what is asked for; plain ones describe themselves.
macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            visitor: V,
        ) -> Result<V::Value, E> {
            match self.value {
                Value::Json(text) => whole(text, |json| json.$method($($argument,)* visitor)),
                _ => self.plain(visitor),
            }
        }
    )*};
}

impl<'de, E: de::Error> Deserializer<'de> for StoredValue<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        self.plain(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.value {
            Value::Json(text) => whole(text, |json| json.deserialize_newtype_struct(name, visitor)),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.value {
            Value::Json(text) => whole(text, |json| json.deserialize_enum(name, variants, visitor)),
            Value::Text(text) => visitor.visit_enum(StrDeserializer::new(text)),
            _ => self.plain(visitor),
        }
    }

    forward! {
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }
}
