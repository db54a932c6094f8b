//! A payload laid over a stored row in one streaming pass.
//!
//! Reads each key of the payload, then what the row adds. Nothing here words an error: whatever goes wrong,
//! [`refusal`](super::refusal) reads the payload again and says everything that is wrong with it.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess,
    Visitor,
};

use serde_json::value::RawValue;

use super::refusal;
use super::stored::StoredValue;
use crate::error::Result;
use crate::resource::Resource;
use crate::row::{self, Row, Value};
use crate::schema::{Field, MAX_FIELDS, Schema};

/// What a payload is laid over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Overlay<'a> {
    /// A new record: what is absent takes the default of serde.
    Create {
        /// The id the server made, for a payload without one.
        id: Option<&'a Value>,
        /// Whether a client sent the payload, who may not choose an `id = server`.
        from_client: bool,
    },
    /// The record as it is stored: what is absent stays.
    Update(&'a Row),
    /// A whole record in place of the stored one: what is absent takes the default of serde. Only the id
    /// and the private fields stay.
    Replace(&'a Row),
}

impl<'a> Overlay<'a> {
    /// Whether the payload may not carry the id.
    pub(super) fn refuses_id(self, schema: &Schema) -> bool {
        matches!(
            self,
            Self::Create {
                from_client: true,
                ..
            }
        ) && schema.id_field().words.server
    }

    /// Whether an id in the payload only says which record is meant, as the caller already knows.
    pub(super) fn ignores_id(self) -> bool {
        !matches!(self, Self::Create { .. })
    }

    /// What completes the field at `index` if the payload lacks it.
    fn complete(self, schema: &Schema, index: usize) -> Option<&'a Value> {
        match self {
            Self::Create { id, .. } => id.filter(|_| index == schema.id),
            Self::Update(row) => Some(&row[index]),
            Self::Replace(row) => {
                let stays = index == schema.id || schema.fields[index].words.private;
                stays.then(|| &row[index])
            }
        }
    }
}

/// The record that `payload`, a JSON object, makes of what it is laid over.
///
/// # Errors
/// `BadRequest` if the payload is no object; Unprocessable with every field at fault; Internal if a stored
/// value no longer decodes.
pub(crate) fn overlay<'de, R: Resource + DeserializeOwned>(
    schema: &'de Schema,
    payload: &'de str,
    how: Overlay<'de>,
) -> Result<R> {
    let mut json = serde_json::Deserializer::from_str(payload);
    let mut completing = None;
    let laid = Laid {
        schema,
        how,
        completing: &mut completing,
        record: PhantomData,
    };
    let record = json
        .deserialize_map(laid)
        .and_then(|record| json.end().map(|()| record));
    record.map_err(|error| refusal::refuse::<R>(schema, payload, how, completing, &error))
}

/// Takes the payload's keys from `serde_json`, and gives the record's `Deserialize` those and more.
struct Laid<'de, 'c, R> {
    schema: &'de Schema,
    how: Overlay<'de>,
    /// The stored column being read, so that its errors are not blamed on the client.
    completing: &'c mut Option<usize>,
    record: PhantomData<R>,
}

impl<'de, R: DeserializeOwned> Visitor<'de> for Laid<'de, '_, R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, payload: A) -> Result<R, A::Error> {
        R::deserialize(MapAccessDeserializer::new(Completed {
            payload,
            schema: self.schema,
            how: self.how,
            seen: Seen::default(),
            at: At::Payload(0),
            completing: self.completing,
        }))
    }
}

/// Which fields the payload named: one bit each.
#[derive(Default)]
struct Seen([u64; MAX_FIELDS / 64]);

impl Seen {
    /// Whether it was not there yet.
    fn insert(&mut self, index: usize) -> bool {
        let (word, bit) = (&mut self.0[index / 64], 1 << (index % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn contains(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }
}

/// The field a key was given for, and the field expected next.
#[derive(Clone, Copy)]
enum At {
    /// A key of the payload; clients tend to send fields in the order of the schema.
    Payload(usize),
    /// The payload is done; the columns are next.
    Column(usize),
}

/// The payload's keys first, then what completes them.
struct Completed<'de, 'c, A> {
    payload: A,
    schema: &'de Schema,
    how: Overlay<'de>,
    seen: Seen,
    at: At,
    completing: &'c mut Option<usize>,
}

/// No text: [`refusal`](super::refusal) finds the words.
fn refused<E: de::Error>() -> E {
    E::custom("")
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Completed<'de, '_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let fields = &self.schema.fields;
        let index = loop {
            match self.at {
                At::Payload(expected) => {
                    let Some(found) = self.payload.next_key_seed(Name { fields, expected })? else {
                        self.at = At::Column(0);
                        continue;
                    };
                    let index = found.ok_or_else(refused)?;
                    if fields[index].words.private || !self.seen.insert(index) {
                        return Err(refused());
                    }
                    self.at = At::Payload(index + 1);
                    if index == self.schema.id {
                        if self.how.refuses_id(self.schema) {
                            return Err(refused());
                        }
                        if self.how.ignores_id() {
                            self.payload.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    }
                    break index;
                }
                At::Column(index) if index == fields.len() => return Ok(None),
                At::Column(index) => {
                    self.at = At::Column(index + 1);
                    let given = self.seen.contains(index)
                        && !(index == self.schema.id && self.how.ignores_id());
                    if !given && self.how.complete(self.schema, index).is_some() {
                        break index;
                    }
                }
            }
        };
        seed.deserialize(BorrowedStrDeserializer::new(fields[index].name))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.at {
            At::Payload(next) if self.schema.fields[next - 1].words.bigint => {
                self.payload.next_value_seed(BigInt(seed))
            }
            At::Payload(_) => self.payload.next_value_seed(seed),
            At::Column(next) => {
                let index = next - 1;
                let value = self.how.complete(self.schema, index).ok_or_else(refused)?;
                *self.completing = Some(index);
                let value = seed.deserialize(StoredValue::new(value))?;
                *self.completing = None;
                Ok(value)
            }
        }
    }
}

/// Reads a key as the place of its field; `None` if there is no such field.
struct Name<'a> {
    fields: &'a [Field],
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        let (before, after) = self.fields.split_at(self.expected.min(self.fields.len()));
        let found = after.iter().position(|field| field.name == name);
        let found = found.map(|index| before.len() + index);
        Ok(found.or_else(|| before.iter().position(|field| field.name == name)))
    }
}

/// Reads a `bigint`: decimal text, or an integer that every client can hold.
struct BigInt<V>(V);

impl<'de, V: DeserializeSeed<'de>> DeserializeSeed<'de> for BigInt<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        // The text, because a number may have lost digits by the time a visitor sees it.
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let value = match text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
        {
            Some(digits) => Some(decimal(digits).ok_or_else(refused)?),
            None if text == "null" => None,
            None => {
                let value = decimal(text).ok_or_else(refused)?;
                let safe = row::is_safe(value);
                Some(if safe { value } else { return Err(refused()) })
            }
        };
        self.0.deserialize(Integer(value, PhantomData))
    }
}

/// An integer that may be null; serde's own do not read as an `Option`.
struct Integer<E>(Option<i64>, PhantomData<E>);

impl<'de, E: de::Error> Deserializer<'de> for Integer<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.0 {
            Some(value) => visitor.visit_i64(value),
            None => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.0.is_some() {
            visitor.visit_some(self)
        } else {
            visitor.visit_none()
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The integer that decimal text stands for.
pub(super) fn decimal(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| is_decimal(text))
}

/// Whether text is an integer as JSON writes them: without a plus or leading zeros.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && !leading_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
}
