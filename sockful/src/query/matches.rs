//! Whether a record matches a filter, decided in memory: what every store must agree with.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value as Json;

use super::{Filter, Path, Test};
use crate::row::{Row, Value};

/// Finds the record of a resource with this id; `None` where there is none.
pub type FindParent<'a> = dyn Fn(&'static str, &Value) -> Option<Row> + 'a;

impl Filter {
    /// Whether the record of this row matches. `parent` finds the parents that it asks about.
    #[must_use]
    pub fn matches(&self, row: &Row, parent: &FindParent<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(row, parent)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(row, parent)),
            Self::Not(part) => !part.matches(row, parent),
            Self::Test(path, test) => test.passes(&found(row, path)),
            Self::Parent {
                field,
                resource,
                filter,
            } => {
                let id = &row[*field];
                !id.is_null()
                    && parent(resource, id).is_some_and(|row| filter.matches(&row, parent))
            }
        }
    }
}

impl Test {
    /// Whether what these keys lead to passes: within a nested column, given as its JSON text, if it is not null.
    #[cfg(feature = "sqlite")]
    pub(crate) fn passes_within(&self, column: Option<&str>, keys: &[Box<str>]) -> bool {
        let part = column.map(|text| part(text, keys));
        self.passes(&Found::Part(Cow::Owned(part.unwrap_or_default())))
    }

    fn passes(&self, found: &Found<'_>) -> bool {
        let ordered = |value: &Value, wanted: fn(Ordering) -> bool| {
            !value.is_null() && found.compare(value).is_some_and(wanted)
        };
        match self {
            Self::Equal(value) => found.equals(value),
            Self::Less(value) => ordered(value, Ordering::is_lt),
            Self::AtMost(value) => ordered(value, Ordering::is_le),
            Self::More(value) => ordered(value, Ordering::is_gt),
            Self::AtLeast(value) => ordered(value, Ordering::is_ge),
            Self::In(values) => values.iter().any(|value| found.equals(value)),
            Self::Contains(value) => found.contains(value),
            Self::StartsWith(text) => found.text().is_some_and(|it| it.starts_with(&**text)),
        }
    }
}

/// What lies at a path: a column, or a part of what is nested in one.
enum Found<'a> {
    Column(&'a Value),
    Part(Cow<'a, Json>),
}

fn found<'a>(row: &'a Row, path: &Path) -> Found<'a> {
    let column = &row[path.field];
    let Value::Json(text) = column else {
        // Nothing lies within a scalar.
        return if path.keys.is_empty() {
            Found::Column(column)
        } else {
            Found::Column(&Value::Null)
        };
    };
    Found::Part(Cow::Owned(part(text, &path.keys)))
}

/// What these keys lead to within a nested value.
fn part(text: &str, keys: &[Box<str>]) -> Json {
    // We wrote this text ourselves: it is JSON.
    let nested: Json = serde_json::from_str(text).unwrap_or_default();
    let part = keys.iter().try_fold(nested, |mut at, key| {
        at.as_object_mut().and_then(|object| object.remove(&**key))
    });
    part.unwrap_or_default()
}

impl Found<'_> {
    fn equals(&self, value: &Value) -> bool {
        self.is_null() && value.is_null() || self.compare(value).is_some_and(Ordering::is_eq)
    }

    fn is_null(&self) -> bool {
        match self {
            Self::Column(column) => column.is_null(),
            Self::Part(part) => part.is_null(),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Column(column) => column.as_text(),
            Self::Part(part) => part.as_str(),
        }
    }

    fn contains(&self, value: &Value) -> bool {
        match (self.text(), self) {
            (Some(text), _) => value.as_text().is_some_and(|part| text.contains(part)),
            (None, Self::Part(part)) => part.as_array().is_some_and(|items| {
                items
                    .iter()
                    .any(|item| Found::Part(Cow::Borrowed(item)).equals(value))
            }),
            (None, Self::Column(_)) => false,
        }
    }

    /// `None` if one of them is null or if they are of different kinds.
    fn compare(&self, value: &Value) -> Option<Ordering> {
        match self {
            Self::Column(column) => compare(column, value),
            Self::Part(part) => match (&**part, value) {
                (Json::Bool(part), Value::Bool(value)) => Some(part.cmp(value)),
                (Json::String(part), Value::Text(value)) => Some((**part).cmp(value)),
                // Numbers in nested values stay within 2^53, where floating point is exact.
                (Json::Number(part), value) => part.as_f64()?.partial_cmp(&number(value)?),
                _ => None,
            },
        }
    }
}

/// The values of a column have one kind, and a test has the same.
fn compare(column: &Value, value: &Value) -> Option<Ordering> {
    let alike = std::mem::discriminant(column) == std::mem::discriminant(value);
    (alike && !value.is_null()).then(|| column.cmp(value))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "integers in nested values stay within 2^53"
)]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
