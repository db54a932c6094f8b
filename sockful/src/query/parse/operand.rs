//! What a value is compared with, as its column keeps it.

use crate::error::FieldError;
use crate::query::Path;
use crate::resource::Bigint;
use crate::row::{Node, Seen, Tree, Value, is_safe, time};
use crate::schema::{Field, Kind};

/// What a condition is about.
pub(super) struct Target<'a> {
    pub(super) field: &'a Field,
    pub(super) path: Path,
    /// Whether it is JSON, and so may be of any kind.
    pub(super) nested: bool,
}

impl<'a> Target<'a> {
    pub(super) fn new(field: &'a Field, position: usize, keys: Vec<Box<str>>) -> Self {
        Self {
            field,
            nested: field.kind == Kind::Json,
            path: Path {
                field: position,
                keys,
            },
        }
    }
}

/// Reads the operand at `place`: null, or a value of the kind of its column. Within a nested value it may be
/// whatever JSON has no parts in.
///
/// # Errors
/// What else it is.
pub(super) fn read(target: &Target<'_>, place: &str, tree: &Tree) -> Result<Value, FieldError> {
    let field = target.field;
    let wrong = |expected: &str| {
        let message = format!("expected {expected}, found {}", tree.found());
        FieldError::new(place, "wrong_type", message)
    };
    match (field.kind, tree) {
        (_, Tree::Null) => Ok(Value::Null),
        (Kind::Int, _) if field.words.bigint => bigint(place, tree),
        (Kind::Bool | Kind::Json, Tree::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Int, Tree::Number(number)) => match number.as_i64() {
            Some(integer) if is_safe(integer) => Ok(Value::Int(integer)),
            _ if number.is_f64() => Err(wrong("an integer")),
            _ => Err(FieldError::unsafe_integer(place)),
        },
        (Kind::Float, Tree::Number(number)) => number
            .as_f64()
            .map(Value::Float)
            .ok_or_else(|| wrong("a number")),
        (Kind::Json, Tree::Number(number)) => match number.as_i64() {
            Some(integer) if is_safe(integer) => Ok(Value::Int(integer)),
            _ => number
                .as_f64()
                .map(Value::Float)
                .ok_or_else(|| wrong("a number")),
        },
        (Kind::Text | Kind::Json, Tree::Text(text)) if text.contains('\0') => {
            Err(FieldError::zero(place))
        }
        (Kind::Text | Kind::Json, Tree::Text(text)) => Ok(Value::Text(text.as_str().into())),
        (Kind::Time, Tree::Text(text)) => time::parse(text)
            .map(Value::Time)
            .ok_or_else(|| FieldError::new(place, "wrong_type", time::EXPECTED)),
        (Kind::Bool, _) => Err(wrong("true or false")),
        (Kind::Int, _) => Err(wrong("an integer")),
        (Kind::Float, _) => Err(wrong("a number")),
        (Kind::Text, _) => Err(wrong("text")),
        (Kind::Time, _) => Err(wrong("a time")),
        (Kind::Json, _) => Err(wrong("a plain value")),
    }
}

/// As a field marked `bigint` is read, so that both take the same.
fn bigint(place: &str, tree: &Tree) -> Result<Value, FieldError> {
    let integer: Option<i64> =
        Bigint::deserialize(Node::new(tree, &Seen::default())).map_err(|fault| fault.at(place))?;
    Ok(integer.map_or(Value::Null, Value::Int))
}
