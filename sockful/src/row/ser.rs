//! Records to rows: the user's own `Serialize`, column by column.

mod finite;
mod record;
mod scalar;
mod watched;

use std::cell::Cell;
use std::fmt;

use serde::Serialize;
use serde::ser;

pub(crate) use self::finite::find_not_finite;
use self::record::Writing;
use self::scalar::Scalar;
pub(crate) use self::watched::write_watched;
use super::{Row, Value, json};
use crate::error::{Error, FieldError, Result};
use crate::resource::Resource;
use crate::schema::{Field, Kind, Schema};
use crate::store::MAX_INDEXED_TEXT;

/// Refuses the kinds of values named, with what they are.
macro_rules! refuse {
    ($($method:ident($($type:ty),*) $written:literal;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self::Ok, Self::Error> {
            Err(Refused::mismatch($written))
        }
    )*};
}

/// Refuses compound values, but for what the caller writes itself.
macro_rules! refuse_compounds {
    ($($method:ident($($type:ty),*) -> $compound:ident $written:literal;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Self::$compound, Self::Error> {
            Err(Refused::mismatch($written))
        }
    )*};
}

use {refuse, refuse_compounds};

/// The row of a record.
///
/// # Errors
/// Unprocessable, with every value that cannot be kept; Internal if the record is written differently
/// than it is described.
pub(crate) fn encode<R: Resource + Serialize>(record: &R, schema: &Schema) -> Result<Row> {
    let mut writing = Writing::new(schema);
    record
        .serialize(&mut writing)
        .map_err(|refused| refused.of_record(schema))?;
    for (index, stated) in R::FACTS.fields.iter().enumerate() {
        if let Some(write) = stated.write {
            let value = write(record, Column(&schema.fields[index]))?;
            writing.set(index, value);
        }
    }
    writing.finish()
}

/// The column of one field, which takes a value of the field's type.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a>(&'a Field);

impl<'a> Column<'a> {
    /// That of a field.
    pub(crate) fn of(field: &'a Field) -> Self {
        Self(field)
    }

    /// Turns a value of the field's type into what is stored.
    ///
    /// # Errors
    /// Unprocessable if it cannot be kept, such as a number that is not finite. Internal if the type is
    /// written differently than it is described.
    pub fn write<T: Serialize + ?Sized>(self, value: &T) -> Result<Value> {
        self.try_write(value)
            .map_err(|refused| match refused.field_error(self.0) {
                Ok(error) => Error::invalid(vec![error]),
                Err(error) => error,
            })
    }

    fn try_write<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Refused> {
        let Self(field) = self;
        let written = if field.kind == Kind::Json {
            nested(value)?
        } else {
            value.serialize(Scalar {
                kind: field.kind,
                bigint: field.words.bigint,
            })?
        };
        if written.is_null() && !field.nullable {
            return Err(Refused::mismatch("null"));
        }
        if field.is_indexed()
            && written
                .as_text()
                .is_some_and(|it| it.len() > MAX_INDEXED_TEXT)
        {
            return Err(Refused::field(FieldError::too_long("", MAX_INDEXED_TEXT)));
        }
        Ok(written)
    }
}

/// Why a value cannot be stored.
#[derive(Debug)]
struct Refused(Box<Reason>);

#[derive(Debug)]
enum Reason {
    /// The value is at fault. The path is that inside a nested value.
    Value(FieldError),
    /// The description of the type is at fault: it is written as this.
    Mismatch(&'static str),
    /// The user's own `Serialize` failed.
    Custom(String),
    /// Already worked out.
    Internal(Error),
}

impl Refused {
    fn field(error: FieldError) -> Self {
        Self(Box::new(Reason::Value(error)))
    }

    fn value(code: &'static str, message: &'static str) -> Self {
        Self::field(FieldError::new("", code, message))
    }

    fn mismatch(written: &'static str) -> Self {
        Self(Box::new(Reason::Mismatch(written)))
    }

    fn unsafe_integer() -> Self {
        Self::field(FieldError::unsafe_integer(""))
    }

    fn zero() -> Self {
        Self::field(FieldError::zero(""))
    }

    fn not_finite() -> Self {
        Self::value("not_finite", "is not a finite number")
    }

    fn within(mut self, path: String) -> Self {
        if let Reason::Value(error) = &mut *self.0 {
            error.path = path;
        }
        self
    }

    /// What clients learn, or the error that only the log may know. A private field does not exist for them.
    fn field_error(self, field: &Field) -> Result<FieldError> {
        let name = field.name;
        let reason = match *self.0 {
            Reason::Value(mut error) if !field.words.private => {
                error.path = FieldError::path_in(name, &error.path);
                return Ok(error);
            }
            Reason::Value(error) => error.message,
            Reason::Mismatch(written) => {
                format!(
                    "is described as {}, but written as {written}",
                    field.kind.noun()
                )
            }
            Reason::Custom(_) if field.words.is_hidden() => "could not be written".to_owned(),
            Reason::Custom(message) => message,
            Reason::Internal(error) => return Err(error),
        };
        Err(Error::internal(format!("field `{name}` {reason}")))
    }

    /// For what is wrong with the record itself, and not with one of its fields.
    fn of_record(self, schema: &Schema) -> Error {
        let name = schema.name;
        match *self.0 {
            Reason::Internal(error) => error,
            Reason::Mismatch(written) => {
                Error::internal(format!("`{name}` is written as {written}"))
            }
            Reason::Value(error) => Error::internal(format!("`{name}` {}", error.message)),
            Reason::Custom(message) => Error::internal(format!("`{name}`: {message}")),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(Reason::Custom(message.to_string())))
    }
}

/// JSON text of a nested value.
fn nested<T: Serialize + ?Sized>(value: &T) -> Result<Value, Refused> {
    let mut scratch = SCRATCH.take();
    scratch.clear();
    let kept = write_nested(value, &mut scratch);
    // What is nested deeper has its own; only the outermost is kept.
    SCRATCH.set(scratch);
    kept
}

thread_local! {
    /// Where nested values are written before they are kept in as much room as they need.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

fn write_nested<T: Serialize + ?Sized>(value: &T, scratch: &mut Vec<u8>) -> Result<Value, Refused> {
    let watched = write_watched(value, scratch).map_err(ser::Error::custom)?;
    let text = str::from_utf8(scratch).map_err(ser::Error::custom)?;
    if text == "null" {
        return Ok(Value::Null);
    }
    if watched.unsafe_integer
        && let Some(offset) = json::scan(text).unsafe_integer
    {
        return Err(Refused::unsafe_integer().within(json::path_at(text, offset)));
    }
    if watched.zero
        && let Some(offset) = json::find_zero(text)
    {
        return Err(Refused::zero().within(json::path_at(text, offset)));
    }
    // serde_json writes a NaN as null, and what was stored would never be read again.
    if watched.null
        && let Some(path) = find_not_finite(value)
    {
        return Err(Refused::not_finite().within(path));
    }
    Ok(Value::Json(text.into()))
}
