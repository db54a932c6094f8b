//! One plain value, as its column keeps it.

use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use super::{Refused, refuse, refuse_compounds};
use crate::row::{Value, json, time};
use crate::schema::Kind;

const TOO_BIG: &str = "is an integer beyond 64 bits with sign";

/// Takes one plain value; anything compound is refused at once.
#[derive(Clone, Copy)]
pub(super) struct Scalar {
    pub(super) kind: Kind,
    pub(super) bigint: bool,
}

impl Scalar {
    fn integer(self, value: Option<i64>) -> Result<Value, Refused> {
        let too_big = || Refused::value("out_of_range", TOO_BIG);
        match self.kind {
            Kind::Int => {
                let value = value.ok_or_else(too_big)?;
                if !self.bigint && !json::is_safe(value) {
                    return Err(Refused::unsafe_integer());
                }
                Ok(Value::Int(value))
            }
            #[allow(
                clippy::cast_precision_loss,
                reason = "a number column promises no more digits"
            )]
            Kind::Float => value
                .map(|value| Value::Float(value as f64))
                .ok_or_else(too_big),
            _ => Err(Refused::mismatch("an integer")),
        }
    }

    fn text(self, text: &str) -> Result<Value, Refused> {
        match self.kind {
            Kind::Text if text.contains('\0') => Err(Refused::zero()),
            Kind::Text => Ok(Value::Text(text.into())),
            Kind::Int if self.bigint => match text.parse() {
                Ok(value) => Ok(Value::Int(value)),
                Err(_) => Err(Refused::value("out_of_range", TOO_BIG)),
            },
            Kind::Time => time::parse(text)
                .map(Value::Time)
                .ok_or_else(|| Refused::value("wrong_type", time::EXPECTED)),
            _ => Err(Refused::mismatch("text")),
        }
    }
}

/// Integers of every size end in the same check.
macro_rules! integers {
    ($($method:ident $type:ty;)*) => {$(
        fn $method(self, value: $type) -> Result<Value, Refused> {
            self.integer(i64::try_from(value).ok())
        }
    )*};
}

impl Serializer for Scalar {
    type Ok = Value;
    type Error = Refused;
    type SerializeSeq = Impossible<Value, Refused>;
    type SerializeTuple = Impossible<Value, Refused>;
    type SerializeTupleStruct = Impossible<Value, Refused>;
    type SerializeTupleVariant = Impossible<Value, Refused>;
    type SerializeMap = Impossible<Value, Refused>;
    type SerializeStruct = Impossible<Value, Refused>;
    type SerializeStructVariant = Impossible<Value, Refused>;

    integers! {
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
    }

    fn serialize_bool(self, value: bool) -> Result<Value, Refused> {
        match self.kind {
            Kind::Bool => Ok(Value::Bool(value)),
            _ => Err(Refused::mismatch("a boolean")),
        }
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Refused> {
        // The shortest decimal, as JSON has it: 0.1 stays 0.1 and is no 0.10000000149011612.
        self.serialize_f64(value.to_string().parse().unwrap_or(f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Refused> {
        match self.kind {
            Kind::Float if value.is_finite() => Ok(Value::Float(value)),
            Kind::Float => Err(Refused::not_finite()),
            _ => Err(Refused::mismatch("a number")),
        }
    }

    fn serialize_char(self, value: char) -> Result<Value, Refused> {
        self.text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Refused> {
        self.text(value)
    }

    fn serialize_none(self) -> Result<Value, Refused> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Refused> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value, Refused> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, Refused> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Refused> {
        Err(Refused::mismatch("a nested value"))
    }

    refuse! {
        serialize_bytes(&[u8]) "bytes";
    }

    refuse_compounds! {
        serialize_seq(Option<usize>) -> SerializeSeq "a list";
        serialize_tuple(usize) -> SerializeTuple "a list";
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct "a list";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant "a nested value";
        serialize_map(Option<usize>) -> SerializeMap "an object";
        serialize_struct(&'static str, usize) -> SerializeStruct "an object";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant "a nested value";
    }
}
