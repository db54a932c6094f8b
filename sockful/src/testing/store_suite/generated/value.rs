//! Random values.

use proptest::prelude::*;

use super::nested;
use super::pools::{EARLIEST, FLOATS, INTS, LATEST, LETTERS, NESTED, TEXTS, TIMES};
use crate::row::Value;
use crate::schema::Kind;

/// What becomes a value of any kind.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum RawValue {
    /// Null.
    Null,
    /// One that has been misunderstood before.
    Known(u8),
    /// Any other.
    Any(u64),
}

pub(in super::super) fn raw_value() -> impl Strategy<Value = RawValue> + Clone {
    prop_oneof![
        2 => Just(RawValue::Null),
        // A few again and again, so that values meet.
        6 => (0..4_u8).prop_map(RawValue::Known),
        6 => any::<u8>().prop_map(RawValue::Known),
        3 => any::<u64>().prop_map(RawValue::Any),
    ]
}

impl RawValue {
    /// As a value of a column, or null.
    pub(in super::super) fn of(self, kind: Kind) -> Value {
        match (kind, self) {
            (_, Self::Null) => Value::Null,
            (Kind::Bool, Self::Known(bits)) => Value::Bool(bits % 2 == 1),
            (Kind::Bool, Self::Any(bits)) => Value::Bool(bits % 2 == 1),
            (Kind::Int, Self::Known(at)) => Value::Int(known(INTS, at)),
            (Kind::Int, Self::Any(bits)) => Value::Int(bits.cast_signed()),
            (Kind::Float, Self::Known(at)) => Value::Float(known(FLOATS, at)),
            (Kind::Float, Self::Any(bits)) => Value::Float(any_float(bits)),
            (Kind::Text, Self::Known(at)) => Value::Text(known(TEXTS, at).into()),
            (Kind::Text, Self::Any(bits)) => Value::Text(any_text(bits).into()),
            (Kind::Time, Self::Known(at)) => Value::Time(known(TIMES, at)),
            (Kind::Time, Self::Any(bits)) => {
                Value::Time(EARLIEST + bits.cast_signed().rem_euclid(LATEST - EARLIEST))
            }
            (Kind::Json, Self::Known(at)) => Value::Json(known(NESTED, at).into()),
            (Kind::Json, Self::Any(bits)) => Value::Json(nested::any_nested(bits).into()),
        }
    }

    /// The same, but never null.
    pub(in super::super) fn some(self, kind: Kind) -> Value {
        match self {
            Self::Null => Self::Known(0).of(kind),
            other => other.of(kind),
        }
    }

    /// As what a test within a nested value may ask for.
    pub(in super::super) fn scalar(self) -> Value {
        let kinds = [Kind::Text, Kind::Int, Kind::Float, Kind::Bool];
        match self {
            Self::Null => Value::Null,
            Self::Known(at) => Self::Known(at / 4).of(kinds[usize::from(at % 4)]),
            Self::Any(bits) => Self::Any(bits / 4).of(kinds[usize::from(bits as u8 % 4)]),
        }
    }
}

fn known<T: Copy>(pool: &[T], at: u8) -> T {
    pool[usize::from(at) % pool.len()]
}

/// Any finite number; small ones as often as all others.
pub(super) fn any_float(bits: u64) -> f64 {
    let float = f64::from_bits(bits);
    if bits.is_multiple_of(2) || !float.is_finite() {
        return f64::from(bits as u16) / 8.0 - 100.0;
    }
    float
}

/// Up to ten letters.
pub(super) fn any_text(bits: u64) -> String {
    let length = bits % 11;
    let letter = |at| LETTERS[(bits >> (4 + 5 * at)) as usize % LETTERS.len()];
    (0..length).map(letter).collect()
}
