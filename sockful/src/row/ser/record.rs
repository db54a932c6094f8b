//! The outermost layer of a record: a struct, whose fields go to their columns.

use std::sync::Arc;

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeStruct, Serializer};

use super::{Column, Reason, Refused, refuse, refuse_compounds};
use crate::error::{Error, FieldError, Result};
use crate::row::{Row, Value};
use crate::schema::Schema;

/// Writes the fields of one record into a row.
pub(super) struct Writing<'a> {
    schema: &'a Schema,
    values: Arc<[Value]>,
    /// Where the next field is expected: serde writes them in the order of the schema.
    next: usize,
    invalid: Vec<FieldError>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        let values = std::iter::repeat_n(Value::Null, schema.fields.len()).collect();
        Self {
            schema,
            values,
            next: 0,
            invalid: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> Result<Row> {
        if self.invalid.is_empty() {
            Ok(Row(self.values))
        } else {
            Err(Error::invalid(self.invalid))
        }
    }

    pub(super) fn set(&mut self, index: usize, value: Value) {
        // The row is not shared before it is finished.
        if let Some(values) = Arc::get_mut(&mut self.values) {
            values[index] = value;
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        let fields = &self.schema.fields;
        let expected = fields.get(self.next).filter(|field| field.name == name);
        if expected.is_some() {
            Some(self.next)
        } else {
            self.schema.position(name)
        }
    }
}

impl SerializeStruct for &mut Writing<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        let Some(index) = self.find(name) else {
            return Err(ser::Error::custom(format!(
                "serde writes a field `{name}` it does not read"
            )));
        };
        self.next = index + 1;
        let field = &self.schema.fields[index];
        match Column(field).try_write(value) {
            Ok(value) => self.set(index, value),
            Err(refused) => match refused.field_error(field) {
                Ok(error) => self.invalid.push(error),
                Err(error) => return Err(Refused(Box::new(Reason::Internal(error)))),
            },
        }
        Ok(())
    }

    fn skip_field(&mut self, _name: &'static str) -> Result<(), Refused> {
        self.next += 1;
        Ok(())
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }
}

impl Serializer for &mut Writing<'_> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Impossible<(), Refused>;
    type SerializeTuple = Impossible<(), Refused>;
    type SerializeTupleStruct = Impossible<(), Refused>;
    type SerializeTupleVariant = Impossible<(), Refused>;
    type SerializeMap = Impossible<(), Refused>;
    type SerializeStruct = Self;
    type SerializeStructVariant = Impossible<(), Refused>;

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Refused> {
        Err(Refused::mismatch("an option"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<(), Refused> {
        Err(Refused::mismatch("a newtype"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Refused> {
        Err(Refused::mismatch("an enum"))
    }

    refuse! {
        serialize_bool(bool) "a boolean";
        serialize_i8(i8) "an integer";
        serialize_i16(i16) "an integer";
        serialize_i32(i32) "an integer";
        serialize_i64(i64) "an integer";
        serialize_u8(u8) "an integer";
        serialize_u16(u16) "an integer";
        serialize_u32(u32) "an integer";
        serialize_u64(u64) "an integer";
        serialize_f32(f32) "a number";
        serialize_f64(f64) "a number";
        serialize_char(char) "text";
        serialize_str(&str) "text";
        serialize_bytes(&[u8]) "bytes";
        serialize_none() "null";
        serialize_unit() "null";
        serialize_unit_struct(&'static str) "null";
        serialize_unit_variant(&'static str, u32, &'static str) "text";
    }

    refuse_compounds! {
        serialize_seq(Option<usize>) -> SerializeSeq "a list";
        serialize_tuple(usize) -> SerializeTuple "a list";
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct "a list";
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant "an enum";
        serialize_map(Option<usize>) -> SerializeMap "a map: `flatten` is not supported";
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant "an enum";
    }
}
