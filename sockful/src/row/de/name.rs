//! Keys of objects, read as places among names that are known.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

use crate::schema::Field;

/// Reads a key as the place of its name; `None` if there is no such name.
pub(super) struct Name<'a, T> {
    pub(super) known: &'a [T],
    /// Where to look first: clients tend to send fields in the order of the struct.
    pub(super) expected: usize,
}

/// Something with a name.
pub(super) trait Named {
    fn name(&self) -> &str;
}

impl Named for Field {
    fn name(&self) -> &str {
        self.name
    }
}

impl Named for &str {
    fn name(&self) -> &str {
        self
    }
}

/// The error of a key that is not known. It has no text: [`refusal`](super::refusal) finds the words.
pub(super) fn refused<E: de::Error>() -> E {
    E::custom("")
}

impl<'de, T: Named> DeserializeSeed<'de> for Name<'_, T> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T: Named> Visitor<'_> for Name<'_, T> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        let (before, after) = self.known.split_at(self.expected.min(self.known.len()));
        let found = after.iter().position(|known| known.name() == name);
        let found = found.map(|index| before.len() + index);
        Ok(found.or_else(|| before.iter().position(|known| known.name() == name)))
    }
}
