//! Takes the fields of a payload apart without reading what is in them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{no_object, unreadable};
use crate::error::{FieldError, Result};
use crate::row;
use crate::schema::Argument;

/// What [`first`] finds.
pub(super) enum First<'a> {
    Found(&'a RawValue),
    Missing,
    NoObject,
}

/// The first field of this name in a JSON object.
pub(super) fn first<'a>(text: &'a str, name: &str) -> Result<First<'a>> {
    struct Search<'n>(&'n str);

    impl<'de> Visitor<'de> for Search<'_> {
        type Value = First<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<First<'de>, A::Error> {
            let mut found = First::Missing;
            while let Some(key) = map.next_key_seed(KeySeed(&[self.0]))? {
                match (key, &found) {
                    (Named::Known(_), First::Missing) => found = First::Found(map.next_value()?),
                    _ => drop(map.next_value::<IgnoredAny>()?),
                }
            }
            Ok(found)
        }
    }

    if !text.starts_with('{') {
        return Ok(First::NoObject);
    }
    serde_json::Deserializer::from_str(text)
        .deserialize_map(Search(name))
        .map_err(|_| unreadable())
}

/// What [`given`] finds.
pub(super) struct Given<'a> {
    pub(super) id: Option<&'a RawValue>,
    /// One for each declared argument.
    pub(super) arguments: Vec<Option<&'a RawValue>>,
    /// Every unknown or repeated field.
    pub(super) wrong: Vec<FieldError>,
}

/// The id and the arguments in the payload of a remote method.
///
/// # Errors
/// BadRequest for anything but an object.
pub(super) fn given<'a>(
    text: &'a str,
    id: Option<&'static str>,
    declared: &[Argument],
) -> Result<Given<'a>> {
    struct Split<'n>(&'n [&'static str], Vec<FieldError>);

    impl<'de> Visitor<'de> for &mut Split<'_> {
        type Value = Vec<Option<&'de RawValue>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut values = vec![None; self.0.len()];
            while let Some(key) = map.next_key_seed(KeySeed(self.0))? {
                let value = map.next_value()?;
                match key {
                    Named::Known(place) if values[place].is_none() => values[place] = Some(value),
                    _ if self.1.len() == FieldError::MOST => {}
                    Named::Known(place) => {
                        let name = self.0[place];
                        self.1
                            .push(FieldError::new(name, "duplicate_field", "is given twice"));
                    }
                    Named::Unknown(name) => {
                        self.1
                            .push(FieldError::unknown(row::cut(&name), self.0.iter().copied()));
                    }
                }
            }
            Ok(values)
        }
    }

    if !text.starts_with('{') {
        return Err(no_object());
    }
    let names: Vec<_> = id
        .into_iter()
        .chain(declared.iter().map(|it| it.name))
        .collect();
    let mut split = Split(&names, Vec::new());
    let mut arguments = serde_json::Deserializer::from_str(text)
        .deserialize_map(&mut split)
        .map_err(|_| unreadable())?;
    let wrong = split.1;
    let id = id.and_then(|_| arguments.remove(0));
    Ok(Given {
        id,
        arguments,
        wrong,
    })
}

enum Named {
    Known(usize),
    Unknown(String),
}

/// Reads a key as its place among known names.
struct KeySeed<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Named;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Named, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Named;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Named, E> {
        let place = self.0.iter().position(|name| *name == key);
        Ok(place.map_or_else(|| Named::Unknown(key.to_owned()), Named::Known))
    }
}
