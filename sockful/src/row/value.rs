//! One stored value.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde_json::Value as Json;

/// A stored value: what a column of a database can hold.
///
/// Two values are equal when they are stored alike: null equals null, and `0.0` equals `-0.0`.
#[derive(Clone, Debug)]
pub enum Value {
    /// Absent: `None`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// A point in time, in microseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Anything nested, as JSON text.
    Json(Arc<str>),
}

impl Value {
    /// The text, if it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether both say the same, however a nested value is written.
    pub(super) fn says_what(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json(one), Self::Json(other)) if one != other => {
                let [one, other] = [one, other].map(|text| serde_json::from_str::<Json>(text).ok());
                one.zip(other)
                    .is_some_and(|(one, other)| alike(&one, &other))
            }
            _ => self == other,
        }
    }

    /// About so many bytes beside each text: a name, a number or quotes, and a comma.
    pub(crate) const BESIDE: usize = 16;

    /// About how many bytes it takes on the wire, with its name.
    pub(crate) fn size(&self) -> usize {
        Self::BESIDE
            + match self {
                Self::Text(text) | Self::Json(text) => text.len(),
                _ => 0,
            }
    }

    /// The place of its kind in the order of values of different kinds: null first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Float(_) => 3,
            Self::Text(_) => 4,
            Self::Time(_) => 5,
            Self::Json(_) => 6,
        }
    }
}

/// Whether two JSON values are one: the order of members does not count, nor how a number is written.
fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| alike(a, b))
        }
        (Json::Object(one), Json::Object(other)) => {
            let same = |(key, value)| other.get(key).is_some_and(|it| alike(value, it));
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

/// Total: nulls first, numbers by size, text by code point.
impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) | (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Float(a), Self::Float(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // Most that differ differ in length, and most that are equal are shared.
            (Self::Text(a), Self::Text(b)) | (Self::Json(a), Self::Json(b)) => a == b,
            _ => self.cmp(other).is_eq(),
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) | Self::Time(value) => value.hash(state),
            // -0.0 + 0.0 is 0.0, so that equal values hash alike.
            Self::Float(value) => (value + 0.0).to_bits().hash(state),
            Self::Text(value) | Self::Json(value) => value.hash(state),
        }
    }
}

/// For messages and logs: the text itself, or the JSON of anything else.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) | Self::Json(value) => f.write_str(value),
            Self::Time(micros) => match jiff::Timestamp::from_microsecond(*micros) {
                Ok(time) => time.fmt(f),
                Err(_) => write!(f, "{micros} µs"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_say_the_same_in_different_ways() {
        let says =
            |one: &str, other: &str| Value::Json(one.into()).says_what(&Value::Json(other.into()));
        assert!(says(
            r#"{"b":[1,1e15],"a":null}"#,
            r#"{"a": null, "b": [1.0, 1000000000000000]}"#
        ));
        assert!(!says(r#"{"a":1}"#, r#"{"a":1,"b":null}"#));
        assert!(!says("[1,2]", "[2,1]"));
        assert!(!says("1", "\"1\""));
    }
}
