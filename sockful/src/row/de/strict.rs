//! Reads a value of a payload and accepts no field that its type does not announce, and no list for a struct.
//!
//! serde ignores unknown fields. A struct announces its fields when it begins to be read, so a key that is none of them
//! fails the reading at once. What serde first buffers, for an enum with a tag inside or none, or for `flatten`, it reads out
//! of our sight: that is only noted, and [`refusal`](super::refusal) decides by the description of the type.

use std::cell::Cell;
use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::name::{Name, refused};

/// A deserializer, a seed or an access of serde's, under watch.
pub(crate) struct Strict<'w, T> {
    watched: T,
    /// Set when an object is read out of sight.
    hidden: &'w Cell<bool>,
}

impl<'w, T> Strict<'w, T> {
    pub(crate) fn new(watched: T, hidden: &'w Cell<bool>) -> Self {
        Self { watched, hidden }
    }
}

macro_rules! plain {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            self.watched.$method($($argument,)* visitor)
        }
    )*};
}

macro_rules! compound {
    ($($method:ident($($argument:ident: $type:ty),*) $object:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $type,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            let visitor = Watching { visitor, object: $object, hidden: self.hidden };
            self.watched.$method($($argument,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<'_, D> {
    type Error = D::Error;

    plain! {
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
        deserialize_ignored_any();
    }

    compound! {
        deserialize_any() Object::Hidden;
        deserialize_option() Object::Other;
        deserialize_newtype_struct(name: &'static str) Object::Other;
        deserialize_seq() Object::Other;
        deserialize_tuple(len: usize) Object::Other;
        deserialize_tuple_struct(name: &'static str, len: usize) Object::Other;
        deserialize_map() Object::Map;
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) Object::Other;
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Watching {
            visitor,
            object: Object::Struct(fields),
            hidden: self.hidden,
        };
        self.watched.deserialize_struct(name, fields, visitor)
    }

    /// A map whose keys are asked for as identifiers is a struct with `flatten`.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.hidden.set(true);
        self.watched.deserialize_identifier(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.watched.is_human_readable()
    }
}

/// What an object would be read as.
#[derive(Clone, Copy)]
enum Object {
    /// These fields and no others.
    Struct(&'static [&'static str]),
    /// Any keys.
    Map,
    /// Nobody knows: it is buffered, or a free value.
    Hidden,
    /// Nothing: an object is not expected here, but for what `serde_json` hands over by a name of its own.
    Other,
}

struct Watching<'w, V> {
    visitor: V,
    object: Object,
    hidden: &'w Cell<bool>,
}

macro_rules! visits {
    ($($method:ident($type:ty);)*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.visitor.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watching<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    visits! {
        visit_bool(bool);
        visit_i64(i64);
        visit_i128(i128);
        visit_u64(u64);
        visit_u128(u128);
        visit_f64(f64);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
        visit_bytes(&[u8]);
        visit_borrowed_bytes(&'de [u8]);
        visit_byte_buf(Vec<u8>);
    }

    fn visit_none<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict::new(value, self.hidden))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor
            .visit_newtype_struct(Strict::new(value, self.hidden))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        match self.object {
            // serde would take the items for the fields, in their order.
            Object::Struct(_) => Err(refused()),
            Object::Hidden => {
                self.hidden.set(true);
                self.visitor.visit_seq(items)
            }
            Object::Map | Object::Other => self.visitor.visit_seq(Strict::new(items, self.hidden)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        match self.object {
            Object::Struct(fields) => self.visitor.visit_map(Fields {
                entries,
                fields,
                expected: 0,
                hidden: self.hidden,
            }),
            Object::Map => self.visitor.visit_map(Strict::new(entries, self.hidden)),
            Object::Hidden => {
                self.hidden.set(true);
                self.visitor.visit_map(entries)
            }
            Object::Other => self.visitor.visit_map(entries),
        }
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Strict::new(variant, self.hidden))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.watched
            .deserialize(Strict::new(deserializer, self.hidden))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.watched
            .next_element_seed(Strict::new(seed, self.hidden))
    }

    fn size_hint(&self) -> Option<usize> {
        self.watched.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.watched.next_key_seed(Strict::new(seed, self.hidden))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.watched.next_value_seed(Strict::new(seed, self.hidden))
    }

    fn size_hint(&self) -> Option<usize> {
        self.watched.size_hint()
    }
}

/// The keys of an object that is read as a struct.
struct Fields<'w, A> {
    entries: A,
    fields: &'static [&'static str],
    /// Clients tend to send fields in the order of the struct.
    expected: usize,
    hidden: &'w Cell<bool>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let name = Name {
            known: self.fields,
            expected: self.expected,
        };
        let Some(found) = self.entries.next_key_seed(name)? else {
            return Ok(None);
        };
        let index = found.ok_or_else(refused)?;
        self.expected = index + 1;
        seed.deserialize(BorrowedStrDeserializer::new(self.fields[index]))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.entries.next_value_seed(Strict::new(seed, self.hidden))
    }

    fn size_hint(&self) -> Option<usize> {
        self.entries.size_hint()
    }
}

impl<'de, 'w, A: EnumAccess<'de>> EnumAccess<'de> for Strict<'w, A> {
    type Error = A::Error;
    type Variant = Strict<'w, A::Variant>;

    /// The name of a variant is plain text.
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, content) = self.watched.variant_seed(seed)?;
        Ok((name, Strict::new(content, self.hidden)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.watched.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.watched
            .newtype_variant_seed(Strict::new(seed, self.hidden))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = Watching {
            visitor,
            object: Object::Other,
            hidden: self.hidden,
        };
        self.watched.tuple_variant(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Watching {
            visitor,
            object: Object::Struct(fields),
            hidden: self.hidden,
        };
        self.watched.struct_variant(fields, visitor)
    }
}
