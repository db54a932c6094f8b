//! Integers that JavaScript cannot hold, as decimal text wherever serde writes them.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::ser::Serializer;

use crate::row::is_safe;

/// Writes an integer as decimal text and reads it back, by serde's `with`.
///
/// JavaScript holds integers up to 2^53 exactly; a greater one travels as text. For `i64`, `u64` and an `Option` of
/// one of these. On a field of a resource it stands beside `#[resource(bigint)]`; in any other type it stands alone. An `Option`
/// needs `default` as well, or serde no longer lets it be absent.
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Price {
///     #[serde(with = "sockful::Bigint")]
///     cents: u64,
///     #[serde(default, with = "sockful::Bigint")]
///     rebate: Option<i64>,
/// }
///
/// let price: Price = serde_json::from_str(r#"{ "cents": "9007199254740993" }"#).unwrap();
/// assert_eq!(serde_json::to_string(&price).unwrap(), r#"{"cents":"9007199254740993","rebate":null}"#);
/// ```
///
/// What it reads: decimal text without a plus or leading zeros, or a JSON integer up to ±(2^53−1).
#[derive(Debug)]
pub enum Bigint {}

impl Bigint {
    /// Writes decimal text, or null for `None`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: IsBigint, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value.get() {
            Some(integer) => serializer.collect_str(&integer),
            None => serializer.serialize_none(),
        }
    }

    /// Reads decimal text or a safe integer, and null where that is a value of the type.
    ///
    /// # Errors
    /// For anything else, and for an integer beyond the type.
    pub fn deserialize<'de, T: IsBigint, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        deserializer.deserialize_any(Reading(PhantomData))
    }
}

/// Null is always named: `with` hides from schemars whether the field is an `Option`. Of the fields of a resource
/// the derive knows it.
impl JsonSchema for Bigint {
    fn schema_name() -> Cow<'static, str> {
        "Bigint".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        if generator.contract().is_serialize() {
            return schemars::json_schema!({
                "type": ["string", "null"],
                "pattern": "^(0|-?[1-9][0-9]*)$",
            });
        }
        schemars::json_schema!({
            "type": ["string", "integer", "null"],
            "pattern": "^(0|-?[1-9][0-9]*)$",
            "minimum": -9_007_199_254_740_991_i64,
            "maximum": 9_007_199_254_740_991_i64,
        })
    }
}

/// The types that `#[resource(bigint)]` and [`Bigint`] apply to.
#[diagnostic::on_unimplemented(
    message = "`bigint` is for integers, not for `{Self}`",
    label = "not an `i64`, a `u64` or an `Option` of one",
    note = "remove the word and serde's `with`, or make the field an `i64`"
)]
pub trait IsBigint: Sized {
    /// Whether null is one of its values.
    const NULLABLE: bool;

    /// The integer; `None` for null.
    fn get(&self) -> Option<i128>;

    /// The value of this integer, or of null for `None`; nothing if the type has no such value.
    fn of(integer: Option<i128>) -> Option<Self>;
}

macro_rules! bigints {
    ($($integer:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl IsBigint for $integer {
            const NULLABLE: bool = false;

            fn get(&self) -> Option<i128> {
                Some((*self).into())
            }

            fn of(integer: Option<i128>) -> Option<Self> {
                integer?.try_into().ok()
            }
        }

        #[diagnostic::do_not_recommend]
        impl IsBigint for Option<$integer> {
            const NULLABLE: bool = true;

            fn get(&self) -> Option<i128> {
                self.map(Into::into)
            }

            fn of(integer: Option<i128>) -> Option<Self> {
                integer.map_or(Some(None), |integer| integer.try_into().ok().map(Some))
            }
        }
    )*};
}

bigints!(i64 u64);

/// What may be wrong with a bigint and serde has no words for: the message and its code.
pub(crate) const FAULTS: [(&str, &str); 3] = [
    (OTHER_TEXT, "wrong_type"),
    (UNSAFE, "unsafe_integer"),
    (TOO_GREAT, "out_of_range"),
];

const OTHER_TEXT: &str = "expected an integer as decimal text, found other text";
const UNSAFE: &str = "is beyond ±9007199254740991: send it as decimal text";
const TOO_GREAT: &str = "is an integer beyond 64 bits";

struct Reading<T>(PhantomData<T>);

impl<T: IsBigint> Reading<T> {
    fn integer<E: de::Error>(self, integer: i128) -> Result<T, E> {
        T::of(Some(integer)).ok_or_else(|| match i64::try_from(integer) {
            // Of the types there are, only one that begins at 0 does not hold it.
            Ok(integer) => E::invalid_value(Unexpected::Signed(integer), &"u64"),
            Err(_) => E::custom(TOO_GREAT),
        })
    }

    fn number<E: de::Error>(self, number: Option<i64>) -> Result<T, E> {
        match number {
            Some(number) if is_safe(number) => self.integer(number.into()),
            _ => Err(E::custom(UNSAFE)),
        }
    }
}

impl<T: IsBigint> Visitor<'_> for Reading<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer as decimal text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        if !is_decimal(text) {
            return Err(E::custom(OTHER_TEXT));
        }
        // What is too long even for this is beyond every type.
        self.integer(text.parse().unwrap_or(i128::MAX))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.number(Some(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.number(number.try_into().ok())
    }

    fn visit_unit<E: de::Error>(self) -> Result<T, E> {
        T::of(None).ok_or_else(|| E::invalid_type(Unexpected::Unit, &self))
    }

    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        self.visit_unit()
    }
}

/// Whether text is an integer as JSON writes them: without a plus or leading zeros.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    !digits.is_empty() && !leading_zero && digits.bytes().all(|byte| byte.is_ascii_digit())
}
