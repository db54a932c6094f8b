//! A payload laid over a stored row in one streaming pass.
//!
//! Reads each key of the payload, then what the row adds. Nothing here words an error: whatever goes wrong,
//! [`refusal`](super::refusal) reads the payload again and says everything that is wrong with it.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::name::{Name, refused};
use super::refusal;
use super::stored::StoredValue;
use super::strict::Strict;
use crate::error::Result;
use crate::resource::Resource;
use crate::row::{Row, Value};
use crate::schema::{MAX_FIELDS, Schema};

/// What a payload is laid over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Overlay<'a> {
    /// A new record: what is absent takes the default of serde.
    Create {
        /// The id the server made, for a payload without one.
        id: Option<&'a Value>,
        /// Whether a client sent the payload, who may not choose an `id = server`.
        from_client: bool,
        /// What the server puts into fields, by their places: of a payload that does not name them.
        set: &'a [(usize, Value)],
    },
    /// The record as it is stored: what is absent stays.
    Update(&'a Row),
    /// A whole record in place of the stored one: what is absent takes the default of serde. Only the id and what the
    /// client cannot read or cannot change stays.
    Replace(&'a Row),
}

/// That of a record that is not stored yet.
static NO_REVISION: Value = Value::Int(0);
/// Until the record is stamped.
static NO_TIME: Value = Value::Time(0);

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

    /// What a payload may say of the revision, if anything: who sends back what they have read may name the
    /// one that the record has.
    pub(super) fn revision(self, schema: &Schema) -> Option<&'a Value> {
        match self {
            Self::Create { .. } => None,
            Self::Update(row) | Self::Replace(row) => schema.rev.map(|place| &row[place]),
        }
    }

    /// Whether the payload may not name the field at `index`, whatever it says of it.
    pub(super) fn refuses(self, schema: &Schema, index: usize) -> bool {
        let create = matches!(
            self,
            Self::Create {
                from_client: true,
                ..
            }
        );
        create && schema.fields[index].words.is_kept()
    }

    /// Whether the field at `index` is completed although the payload names it.
    fn insists(self, schema: &Schema, index: usize) -> bool {
        index == schema.id && self.ignores_id() || Some(index) == schema.rev
    }

    /// What completes the field at `index` if the payload lacks it.
    fn complete(self, schema: &Schema, index: usize) -> Option<&'a Value> {
        match self {
            Self::Create { .. } if Some(index) == schema.rev => Some(&NO_REVISION),
            Self::Create { id, .. } if index == schema.id => id,
            Self::Create { set, .. } => {
                let set = set.iter().find(|(place, _)| *place == index);
                let words = &schema.fields[index].words;
                let stamp = words.created_at || words.updated_at;
                set.map(|(_, value)| value).or(stamp.then_some(&NO_TIME))
            }
            Self::Update(row) => Some(&row[index]),
            Self::Replace(row) => {
                let words = &schema.fields[index].words;
                let stays = words.is_hidden() || words.immutable || words.is_kept();
                let stays = stays || self.insists(schema, index);
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
    let mut hidden = Vec::new();
    let laid = Laid {
        schema,
        how,
        completing: &mut completing,
        hidden: &mut hidden,
        record: PhantomData,
    };
    let record = json
        .deserialize_map(laid)
        .and_then(|record| json.end().map(|()| record));
    let record =
        record.map_err(|error| refusal::refuse::<R>(schema, payload, how, completing, &error))?;
    if !hidden.is_empty() {
        refusal::look_into::<R>(schema, payload, &hidden)?;
    }
    Ok(record)
}

/// Takes the payload's keys from `serde_json`, and gives the record's `Deserialize` those and more.
struct Laid<'de, 'c, R> {
    schema: &'de Schema,
    how: Overlay<'de>,
    /// The stored column being read, so that its errors are not blamed on the client.
    completing: &'c mut Option<usize>,
    hidden: &'c mut Vec<usize>,
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
            hidden: self.hidden,
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
    /// The fields that serde read out of sight.
    hidden: &'c mut Vec<usize>,
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
                    let Some(found) = self.payload.next_key_seed(Name {
                        known: fields,
                        expected,
                    })?
                    else {
                        self.at = At::Column(0);
                        continue;
                    };
                    let index = found.ok_or_else(refused)?;
                    let refuses = fields[index].words.private
                        || self.how.refuses(self.schema, index)
                        || !self.seen.insert(index);
                    if refuses {
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
                    if Some(index) == self.schema.rev {
                        let named = Value::Int(self.payload.next_value()?);
                        if self.how.revision(self.schema) != Some(&named) {
                            return Err(refused());
                        }
                        continue;
                    }
                    break index;
                }
                At::Column(index) if index == fields.len() => return Ok(None),
                At::Column(index) => {
                    self.at = At::Column(index + 1);
                    let given = self.seen.contains(index) && !self.how.insists(self.schema, index);
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
            At::Payload(next) => {
                let hidden = Cell::new(false);
                let value = self.payload.next_value_seed(Strict::new(seed, &hidden))?;
                if hidden.get() && self.schema.fields[next - 1].names_keys {
                    self.hidden.push(next - 1);
                }
                Ok(value)
            }
            At::Column(next) => {
                let index = next - 1;
                let value = self.how.complete(self.schema, index).ok_or_else(refused)?;
                *self.completing = Some(index);
                let value =
                    seed.deserialize(StoredValue::new(value, &self.schema.fields[index]))?;
                *self.completing = None;
                Ok(value)
            }
        }
    }
}
