//! Everything that is wrong with a payload that serde refused.
//!
//! Runs only after the streaming pass has failed, so it may read the payload as often as it likes.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use super::overlay::Overlay;
use super::strict::Strict;
use super::unreadable;
use crate::error::{Error, FieldError, Result};
use crate::row::explain::{Description, NOT_VALID, Node, Seen, Tree, cut, mistakes};
use crate::row::{Value, time};
use crate::schema::{Field, Kind, Schema};

/// The error that says what is wrong with `payload`. `completing` is the stored column that could not be
/// read, if that is what went wrong; `error` is serde's own, for the log.
pub(super) fn refuse<R: DeserializeOwned>(
    schema: &Schema,
    payload: &str,
    how: Overlay<'_>,
    completing: Option<usize>,
    error: &serde_json::Error,
) -> Error {
    if completing.is_some() {
        return unreadable(schema, completing, error);
    }
    let Ok(Entries(entries)) = serde_json::from_str(payload) else {
        let object = payload.trim_start().starts_with('{');
        let message = if object {
            "is not valid JSON"
        } else {
            "expected an object"
        };
        return Error::bad_request(message).reason("invalid_payload");
    };
    let mut refusing = Refusing {
        schema,
        how,
        errors: Vec::new(),
    };
    for (index, (name, text)) in entries.iter().enumerate() {
        if refusing.errors.len() >= FieldError::MOST {
            break;
        }
        let twice = entries[..index].iter().any(|(earlier, _)| earlier == name);
        refusing.entry::<R>(name, text.get(), twice);
    }
    refusing.missing(&entries);
    if refusing.errors.is_empty() {
        refusing.whole_record::<R>(&entries);
    }
    if refusing.errors.is_empty() {
        return Error::internal(format!(
            "`{}` refuses a payload without a reason: {error}",
            schema.name
        ));
    }
    refusing.errors.truncate(FieldError::MOST);
    Error::invalid(refusing.errors)
}

struct Refusing<'a> {
    schema: &'a Schema,
    how: Overlay<'a>,
    errors: Vec<FieldError>,
}

impl Refusing<'_> {
    /// Checks one key of the payload and its value.
    fn entry<R: DeserializeOwned>(&mut self, name: &str, text: &str, twice: bool) {
        let schema = self.schema;
        let position = schema
            .position(name)
            .filter(|at| !schema.fields[*at].words.private);
        let Some(index) = position else {
            if !twice {
                let id = schema.id_field().name;
                let fields = schema.fields.iter().filter(|it| !it.words.private);
                let known = fields.map(|field| field.name);
                let known = known.filter(|known| !(self.how.refuses_id(schema) && *known == id));
                let kept = |known: &&str| {
                    let mut fields = schema.fields.iter();
                    fields.any(|field| field.name == *known && field.words.is_kept())
                };
                let known = known.filter(|known| !kept(known));
                self.errors.push(FieldError::unknown(cut(name), known));
            }
            return;
        };
        if twice {
            self.errors.push(FieldError::duplicate(name));
            return;
        }
        if index == schema.id && self.how.refuses_id(schema) {
            self.errors.push(FieldError::new(
                name,
                "read_only",
                "is chosen by the server",
            ));
            return;
        }
        if Some(index) == schema.rev {
            self.revision(name, text);
        } else if self.how.refuses(schema, index) {
            self.errors.push(FieldError::kept(name));
        } else if !(index == schema.id && self.how.ignores_id()) {
            self.value::<R>(&schema.fields[index], text);
        }
    }

    /// The revision may be named, but not changed.
    fn revision(&mut self, name: &str, text: &str) {
        let Some(revision) = self.how.revision(self.schema) else {
            self.errors.push(FieldError::kept(name));
            return;
        };
        let named = serde_json::from_str(text).map(Value::Int);
        if !named.is_ok_and(|named| named == *revision) {
            let message = format!("is kept by the server: the record is at {revision}");
            self.errors
                .push(FieldError::new(name, "read_only", message));
        }
    }

    /// Lets the record read this one field.
    fn value<R: DeserializeOwned>(&mut self, field: &Field, text: &str) {
        let hidden = Cell::new(false);
        let mut json = serde_json::Deserializer::from_str(text);
        let accepted = judge::<R, _>(field.name, Strict::new(&mut json, &hidden)).is_ok();
        if accepted && !hidden.get() {
            return;
        }
        let mistakes = match serde_json::from_str::<Tree>(text) {
            Ok(tree) => mistakes_of::<R>(self.schema, field, &tree),
            Err(_) => Vec::new(),
        };
        if mistakes.is_empty() && !accepted {
            self.errors
                .push(FieldError::new(field.name, "invalid", NOT_VALID));
        }
        self.errors.extend(mistakes);
    }

    /// Names what a new record lacks.
    fn missing(&mut self, entries: &[(String, &RawValue)]) {
        let generated = match self.how {
            Overlay::Create { id, .. } => id.is_some(),
            Overlay::Replace(_) => true,
            Overlay::Update(_) => return,
        };
        for (index, field) in self.schema.fields.iter().enumerate() {
            // Of a record that is there, what cannot change stays.
            let stays = field.words.immutable && matches!(self.how, Overlay::Replace(_));
            let completed = stays || field.words.private || (index == self.schema.id && generated);
            let given = entries.iter().any(|(name, _)| name == field.name);
            if field.required && !completed && !given {
                self.errors.push(FieldError::required(field.name));
            }
        }
    }

    /// What only shows in the whole: a field that serde requires although schemars does not say so.
    fn whole_record<R: DeserializeOwned>(&mut self, entries: &[(String, &RawValue)]) {
        if matches!(self.how, Overlay::Update(_)) {
            return;
        }
        let trees = entries.iter().filter_map(|(name, text)| {
            Some((name.clone(), serde_json::from_str::<Tree>(text.get()).ok()?))
        });
        let record = Tree::Object(trees.collect());
        let Err(fault) = R::deserialize(Node::new(&record, &Seen::default())) else {
            return;
        };
        let field = fault
            .outermost()
            .and_then(|name| self.schema.position(name));
        let field = field.map(|index| &self.schema.fields[index]);
        if fault.code() == "required"
            && field.is_some_and(|it| !it.words.private && !it.words.id && !it.words.is_kept())
        {
            self.errors.push(fault.at(""));
        }
    }
}

/// Looks into the fields that serde has read and accepted, but out of sight.
///
/// # Errors
/// Unprocessable, with every unknown field inside them.
pub(super) fn look_into<R: DeserializeOwned>(
    schema: &Schema,
    payload: &str,
    hidden: &[usize],
) -> Result<()> {
    let Ok(Entries(entries)) = serde_json::from_str(payload) else {
        return Ok(());
    };
    let mut errors = Vec::new();
    for field in hidden.iter().map(|index| &schema.fields[*index]) {
        let given = entries.iter().find(|(name, _)| name == field.name);
        if let Some(tree) = given.and_then(|(_, text)| serde_json::from_str(text.get()).ok()) {
            errors.extend(mistakes_of::<R>(schema, field, &tree));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    errors.truncate(FieldError::MOST);
    Err(Error::invalid(errors))
}

fn mistakes_of<R: DeserializeOwned>(
    schema: &Schema,
    field: &Field,
    tree: &Tree,
) -> Vec<FieldError> {
    let described = Description {
        schema: &field.schema,
        definitions: &schema.definitions,
    };
    mistakes(
        tree,
        field.name,
        Some(described),
        |value| judge::<R, _>(field.name, value),
        |error| {
            if field.kind == Kind::Time && matches!(tree, Tree::Text(_)) {
                // Each library of times has words of its own.
                FieldError::new(field.name, "wrong_type", time::EXPECTED)
            } else {
                error
            }
        },
    )
}

/// Whether the record's own `Deserialize` accepts `value` for the field `name`.
fn judge<'de, R, D>(name: &'static str, value: D) -> Result<(), D::Error>
where
    R: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let verdict = RefCell::new(Ok(()));
    let only = Only {
        name: Some(name),
        value: Some(value),
        verdict: &verdict,
    };
    // Fails in any case: the record lacks its other fields.
    let _ = R::deserialize(MapAccessDeserializer::new(only));
    verdict.into_inner()
}

/// A record with one field; what serde says about that one is kept.
struct Only<'v, D, E> {
    name: Option<&'static str>,
    value: Option<D>,
    verdict: &'v RefCell<Result<(), E>>,
}

impl<'de, D: Deserializer<'de>> MapAccess<'de> for Only<'_, D, D::Error> {
    type Error = D::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, D::Error> {
        let name = self.name.take();
        name.map(|name| seed.deserialize(BorrowedStrDeserializer::new(name)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, D::Error> {
        let Some(value) = self.value.take() else {
            return Err(de::Error::custom(NOT_VALID));
        };
        seed.deserialize(value).map_err(|error| {
            *self.verdict.borrow_mut() = Err(error);
            de::Error::custom(NOT_VALID)
        })
    }
}

/// The keys of an object in the order given, with the text of their values.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
