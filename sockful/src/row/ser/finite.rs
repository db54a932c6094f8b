//! Finds a number that JSON cannot hold inside a nested value.

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::row::explain::step_into;

/// The path of the first NaN or infinity in `value`.
pub(crate) fn find_not_finite<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    let mut path = String::new();
    match value.serialize(Finding {
        path: &mut path,
        index: 0,
    }) {
        Err(Found(true)) => Some(path),
        _ => None,
    }
}

/// Stops the walk: at a number that is not finite, or because the user's `Serialize` failed.
#[derive(Debug)]
struct Found(bool);

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Found {}

impl ser::Error for Found {
    fn custom<T: std::fmt::Display>(_message: T) -> Self {
        Self(false)
    }
}

/// Walks a value; `path` leads to where it is.
struct Finding<'a> {
    path: &'a mut String,
    index: usize,
}

impl Finding<'_> {
    fn inside<T: Serialize + ?Sized>(
        &mut self,
        step: impl FnOnce(&mut String),
        value: &T,
    ) -> Result<(), Found> {
        let length = self.path.len();
        step(self.path);
        value.serialize(Finding {
            path: self.path,
            index: 0,
        })?;
        self.path.truncate(length);
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        let index = self.index;
        self.index += 1;
        self.inside(|path| path.push_str(&format!("[{index}]")), value)
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Found> {
        self.inside(|path| step_into(path, name), value)
    }

    /// The variants of an enum are one key around their content.
    fn enter(self, variant: &str) -> Self {
        step_into(self.path, variant);
        self
    }
}

macro_rules! harmless {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<(), Found> {
            Ok(())
        }
    )*};
}

macro_rules! entered {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self, Found> {
            Ok(self)
        }
    )*};
}

impl Serializer for Finding<'_> {
    type Ok = ();
    type Error = Found;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    harmless! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    entered! {
        serialize_seq(Option<usize>);
        serialize_tuple(usize);
        serialize_tuple_struct(&'static str, usize);
        serialize_map(Option<usize>);
        serialize_struct(&'static str, usize);
    }

    fn serialize_f32(self, value: f32) -> Result<(), Found> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(Found(true))
        }
    }

    fn serialize_f64(self, value: f64) -> Result<(), Found> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(Found(true))
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Found> {
        self.named(variant, value)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Self, Found> {
        Ok(self.enter(variant))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Self, Found> {
        Ok(self.enter(variant))
    }
}

macro_rules! items {
    ($($compound:ident $method:ident;)*) => {$(
        impl $compound for Finding<'_> {
            type Ok = ();
            type Error = Found;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
                self.item(value)
            }

            fn end(self) -> Result<(), Found> {
                Ok(())
            }
        }
    )*};
}

items! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! members {
    ($($compound:ident;)*) => {$(
        impl $compound for Finding<'_> {
            type Ok = ();
            type Error = Found;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Found> {
                self.named(name, value)
            }

            fn end(self) -> Result<(), Found> {
                Ok(())
            }
        }
    )*};
}

members! {
    SerializeStruct;
    SerializeStructVariant;
}

impl SerializeMap for Finding<'_> {
    type Ok = ();
    type Error = Found;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _key: &T) -> Result<(), Found> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        // The key itself may be of any type; its place says enough.
        self.item(value)
    }

    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}
