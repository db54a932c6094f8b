//! The tree as a deserializer: behaves as `serde_json` does, and knows its path when it fails.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::{Fault, Seen, Step, Tree, wording};

/// One value, to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'a> {
    tree: &'a Tree,
    seen: &'a Seen,
}

impl<'a> Node<'a> {
    pub(crate) fn new(tree: &'a Tree, seen: &'a Seen) -> Self {
        Self { tree, seen }
    }
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i64(value),
                (.., Some(value)) => visitor.visit_f64(value),
                _ => Err(Fault::new("out_of_range", "is a number too large")),
            },
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            Tree::List(items) => {
                let mut list = List {
                    items: items.iter(),
                    seen: self.seen,
                    index: 0,
                };
                let value = visitor.visit_seq(&mut list)?;
                let unread = list.items.len();
                if unread > 0 {
                    let read = items.len() - unread;
                    let message = format!("expected {read} items, found {}", items.len());
                    return Err(Fault::new("invalid", message));
                }
                Ok(value)
            }
            Tree::Object(entries) => visitor.visit_map(Object {
                entries: entries.iter(),
                fields: None,
                value: None,
                seen: self.seen,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            Tree::Text(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant = match self.tree {
            Tree::Text(name) => Some(Variant {
                name,
                content: None,
                seen: self.seen,
            }),
            Tree::Object(entries) => match entries.as_slice() {
                [(name, content)] => Some(Variant {
                    name,
                    content: Some(content),
                    seen: self.seen,
                }),
                _ => None,
            },
            _ => None,
        };
        match variant {
            Some(variant) => visitor.visit_enum(variant),
            None => Err(Fault::new(
                "wrong_type",
                format!(
                    "expected {}, found {}",
                    wording::one_of(variants),
                    wording::found(&self.tree.unexpected()),
                ),
            )),
        }
    }

    /// Passes over unknown fields: they are told beside whatever else is wrong. A list is no struct, although serde would
    /// take its items for the fields.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let entries = match self.tree {
            Tree::Object(entries) => entries,
            Tree::List(_) => return Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => return self.deserialize_any(visitor),
        };
        self.seen.insert(self.tree, fields);
        visitor.visit_map(Object {
            entries: entries.iter(),
            fields: Some(fields),
            value: None,
            seen: self.seen,
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct List<'a> {
    seen: &'a Seen,
    items: std::slice::Iter<'a, Tree>,
    index: usize,
}

impl<'de> SeqAccess<'de> for &mut List<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        let read = seed.deserialize(Node::new(item, self.seen)).map(Some);
        read.map_err(|fault| fault.inside(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Object<'a> {
    entries: std::slice::Iter<'a, (String, Tree)>,
    /// Those of a struct; without them every key is passed on.
    fields: Option<&'static [&'static str]>,
    seen: &'a Seen,
    value: Option<&'a (String, Tree)>,
}

impl<'de> MapAccess<'de> for Object<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let fields = self.fields;
        let known = |name: &str| fields.is_none_or(|fields| fields.contains(&name));
        self.value = self.entries.find(|(name, _)| known(name));
        let Some((name, _)) = self.value else {
            return Ok(None);
        };
        let key = Key {
            name,
            seen: self.seen,
        };
        seed.deserialize(key).map(Some).map_err(|fault| {
            // An unknown or repeated field has named itself; the key of a map has not.
            if fault.0.steps.is_empty() {
                fault.inside(Step::Name(name.clone()))
            } else {
                fault
            }
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((name, value)) = self.value.take() else {
            return Err(de::Error::custom(wording::NOT_VALID));
        };
        seed.deserialize(Node::new(value, self.seen))
            .map_err(|fault| fault.inside(Step::Name(name.clone())))
    }
}

/// The key of an object: text, which a map may want as a number or a boolean.
struct Key<'a> {
    name: &'a str,
    seen: &'a Seen,
}

macro_rules! parsed_keys {
    ($($method:ident $type:ty, $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.name.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_borrowed_str(self.name),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.name)
    }

    parsed_keys! {
        deserialize_bool bool, visit_bool;
        deserialize_i8 i64, visit_i64;
        deserialize_i16 i64, visit_i64;
        deserialize_i32 i64, visit_i64;
        deserialize_i64 i64, visit_i64;
        deserialize_i128 i128, visit_i128;
        deserialize_u8 u64, visit_u64;
        deserialize_u16 u64, visit_u64;
        deserialize_u32 u64, visit_u64;
        deserialize_u64 u64, visit_u64;
        deserialize_u128 u128, visit_u128;
        deserialize_f32 f64, visit_f64;
        deserialize_f64 f64, visit_f64;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(Variant {
            name: self.name,
            content: None,
            seen: self.seen,
        })
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// A variant of an enum: its name, or an object with its name and its content.
struct Variant<'a> {
    name: &'a str,
    content: Option<&'a Tree>,
    seen: &'a Seen,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Fault> {
        let variant = seed.deserialize(StrDeserializer::new(self.name))?;
        Ok((
            variant,
            Content {
                name: self.name,
                content: self.content,
                seen: self.seen,
            },
        ))
    }
}

struct Content<'a> {
    name: &'a str,
    content: Option<&'a Tree>,
    seen: &'a Seen,
}

impl<'de> Content<'de> {
    fn read<T>(self, read: impl FnOnce(Node<'de>) -> Result<T, Fault>) -> Result<T, Fault> {
        let Some(content) = self.content else {
            let name = wording::cut(self.name);
            let message = format!("expected {{\"{name}\": …}}, found only the name");
            return Err(Fault::new("wrong_type", message));
        };
        read(Node::new(content, self.seen))
            .map_err(|fault| fault.inside(Step::Name(self.name.to_owned())))
    }
}

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.content.is_none() {
            Ok(())
        } else {
            self.read(<()>::deserialize)
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.read(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        self.read(|content| content.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.read(|content| content.deserialize_struct("", fields, visitor))
    }
}
