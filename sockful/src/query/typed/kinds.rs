//! What may be asked of a field, by its type.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use serde::Serialize;

use crate::resource::Id;
use crate::row::{Value, find_not_finite};

/// What a field of type `T` can be compared with: a `T`, a reference to one, and text where it is text. A field
/// that is an `Option` can be compared with what is inside as well.
#[diagnostic::on_unimplemented(
    message = "a field of type `{T}` cannot be compared with `{Self}`",
    label = "not a value of the field"
)]
pub trait Operand<T> {
    /// What the store compares with.
    #[doc(hidden)]
    fn to_operand(&self) -> Value;
}

/// Types whose values have the order in the store that they have in Rust: numbers, text, ids, points in time.
///
/// Implement it for a type of your own that serde writes as one of these, such as a newtype around a number:
/// `impl sockful::query::Ordered for Cents {}`. An enum is text to the store and has the order of the names.
#[diagnostic::on_unimplemented(
    message = "fields of type `{Self}` have no order in the store",
    label = "cannot be ordered",
    note = "if serde writes it as a number, text or a time: `impl sockful::query::Ordered for {Self} {{}}`"
)]
pub trait Ordered {}

/// Types that serde writes as text with the same beginning: `String`, and what is made of it.
#[diagnostic::on_unimplemented(
    message = "fields of type `{Self}` have no beginning: they are no text",
    label = "not text",
    note = "if serde writes it as text: `impl sockful::query::Textual for {Self} {{}}`"
)]
pub trait Textual {}

/// Types of fields that may be null: `Option`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is never `None`",
    label = "not an `Option`"
)]
pub trait Optional {}

/// Types that an `O` may be a part of: text and lists.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot contain `{O}`",
    label = "not a list of these, and no text"
)]
pub trait Contains<O: ?Sized> {
    /// What the store looks for.
    #[doc(hidden)]
    fn to_part(part: &O) -> Value;
}

/// Types of fields that are a condition by themselves: `bool`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is no condition by itself",
    label = "compare it with something"
)]
pub trait Condition {}

/// What a value is to serde. What is nested, and what no column keeps, stays JSON, and is refused where the
/// filter meets the schema.
fn written<T: Serialize + ?Sized>(value: &T) -> Value {
    let Ok(text) = serde_json::to_string(value) else {
        return Value::Json("what serde cannot write".into());
    };
    match serde_json::from_str(&text) {
        // How serde_json writes a number that is not finite.
        Ok(serde_json::Value::Null) if find_not_finite(value).is_some() => Value::Float(f64::NAN),
        Ok(serde_json::Value::Null) => Value::Null,
        Ok(serde_json::Value::Bool(value)) => Value::Bool(value),
        Ok(serde_json::Value::String(text)) => Value::Text(text.into()),
        Ok(serde_json::Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Int(integer),
            (None, Some(float)) if number.is_f64() => Value::Float(float),
            _ => Value::Json(text.into()),
        },
        _ => Value::Json(text.into()),
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Operand<T> for T {
    fn to_operand(&self) -> Value {
        written(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Operand<Option<T>> for T {
    fn to_operand(&self) -> Value {
        written(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Operand<T> for &T {
    fn to_operand(&self) -> Value {
        written(*self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Operand<Option<T>> for &T {
    fn to_operand(&self) -> Value {
        written(*self)
    }
}

macro_rules! texts {
    ($($text:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Textual for $text {}
        #[diagnostic::do_not_recommend]
        impl Ordered for $text {}

        #[diagnostic::do_not_recommend]
        impl<O: Operand<$text> + ?Sized> Contains<O> for $text {
            fn to_part(part: &O) -> Value {
                part.to_operand()
            }
        }

        texts!(@operand str, $text);
        texts!(@operand str, Option<$text>);
        texts!(@operand &str, $text);
        texts!(@operand &str, Option<$text>);
        texts!(@operand &&str, $text);
        texts!(@operand &&str, Option<$text>);
    )*};
    (@operand $operand:ty, $text:ty) => {
        #[diagnostic::do_not_recommend]
        impl Operand<$text> for $operand {
            fn to_operand(&self) -> Value {
                let text: &str = self;
                Value::Text(text.into())
            }
        }
    };
}

texts!(String Box<str> Arc<str> Cow<'static, str>);

macro_rules! ordered {
    ($($type:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Ordered for $type {}
    )*};
}

ordered!(bool u8 u16 u32 u64 usize i8 i16 i32 i64 isize f32 f64 uuid::Uuid jiff::Timestamp);

#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl<Tz: chrono::TimeZone> Ordered for chrono::DateTime<Tz> {}

#[diagnostic::do_not_recommend]
impl<R> Ordered for Id<R> {}

#[diagnostic::do_not_recommend]
impl<T: Ordered> Ordered for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T: Textual> Textual for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T> Optional for Option<T> {}

#[diagnostic::do_not_recommend]
impl Condition for bool {}

#[diagnostic::do_not_recommend]
impl<O: ?Sized, T: Contains<O>> Contains<O> for Option<T> {
    fn to_part(part: &O) -> Value {
        T::to_part(part)
    }
}

macro_rules! lists {
    ($({$($generics:tt)*} $list:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<O: Operand<T> + ?Sized, $($generics)*> Contains<O> for $list {
            fn to_part(part: &O) -> Value {
                part.to_operand()
            }
        }
    )*};
}

lists! {
    {T} Vec<T>;
    {T} Box<[T]>;
    {T} VecDeque<T>;
    {T} BTreeSet<T>;
    {T, S} HashSet<T, S>;
    {T, const N: usize} [T; N];
}
