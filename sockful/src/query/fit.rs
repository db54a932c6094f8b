//! Makes a query of Rust code fit the columns it asks about.
//!
//! `filter!` knows the type of a field, but not the column: a point in time is text to serde and a time to
//! the store. And a [`Filter`] put together by hand may ask anything.

use std::sync::Arc;

use super::{Filter, Path, Query, Test};
use crate::error::{Error, FieldError, Result};
use crate::resource::Registry;
use crate::row::{Value, time};
use crate::schema::{Field, Kind, Schema};

/// How deep the expression of a filter may be: SQLite takes 1,000 levels, of which a list and a single test
/// want some for themselves.
const DEEPEST: u32 = 900;

/// So deep lies what is asked of a parent below the question.
const LOOK: u32 = 4;

/// Turns every value into what its column keeps.
///
/// # Errors
/// BadRequest `invalid_query` for text that no store keeps, since that may come from a client. Internal for
/// what only the program can have got wrong: fields that are not there, values of another kind,
/// conditions that are nested deeper than any database takes.
pub(crate) fn fit(query: &mut Query, schema: &Schema, registry: &Registry) -> Result<()> {
    filter(&mut query.filter, schema, registry, 0)?;
    for key in &query.sort {
        if field(schema, key.field)?.kind == Kind::Json {
            return Err(mistake(schema, "is sorted by a nested value"));
        }
    }
    if let Some(after) = &mut query.after {
        if after.values.len() != query.sort.len() {
            let message = "goes on after an id, but is not in the order of ids";
            return Err(mistake(schema, message));
        }
        for (key, value) in query.sort.iter().zip(&mut after.values) {
            operand(field(schema, key.field)?, value)?;
        }
        operand(schema.id_field(), &mut after.id)?;
    }
    Ok(())
}

/// The same for a filter alone.
///
/// # Errors
/// Those of [`fit`].
pub(crate) fn fit_filter(filter: &mut Filter, schema: &Schema, registry: &Registry) -> Result<()> {
    self::filter(filter, schema, registry, 0)
}

/// A filter so deep within an expression.
fn filter(filter: &mut Filter, schema: &Schema, registry: &Registry, depth: u32) -> Result<()> {
    if depth > DEEPEST {
        return Err(mistake(schema, "nests its conditions too deep"));
    }
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            // Stores join them by halves. Even a single one is a call of this function.
            let halves = parts.len().next_power_of_two().ilog2().max(1);
            parts
                .iter_mut()
                .try_for_each(|part| self::filter(part, schema, registry, depth + halves))
        }
        Filter::Not(part) => self::filter(part, schema, registry, depth + 1),
        Filter::Test(path, test) => {
            let field = field(schema, path.field)?;
            keys(schema, path)?;
            self::test(field, test)
        }
        Filter::Parent {
            field,
            resource,
            filter,
        } => {
            let parent = self::field(schema, *field)?.parent.as_ref();
            let place = registry.place(resource).filter(|_| {
                // Of another resource the places mean something else.
                parent.is_some_and(|parent| parent.resource == *resource)
            });
            let place = place.ok_or_else(|| {
                mistake(
                    schema,
                    &format!("asks for a parent of `{resource}`, which it has not there"),
                )
            })?;
            let parents = registry.at(place).schema();
            self::filter(filter, parents, registry, depth + LOOK)
        }
    }
}

fn keys(schema: &Schema, path: &Path) -> Result<()> {
    let odd = |key: &str| key.is_empty() || key.contains(['"', '\\', '\0']);
    if path.keys.iter().any(|key| odd(key)) {
        let message = "has a key that is empty, or with a quotation mark, a backslash or U+0000";
        return Err(mistake(schema, message));
    }
    Ok(())
}

fn test(field: &Field, test: &mut Test) -> Result<()> {
    match test {
        Test::Equal(value)
        | Test::Less(value)
        | Test::AtMost(value)
        | Test::More(value)
        | Test::AtLeast(value) => operand(field, value),
        Test::In(values) => values
            .iter_mut()
            .try_for_each(|value| operand(field, value)),
        // Of other columns nothing is a part.
        Test::Contains(value) if matches!(field.kind, Kind::Text | Kind::Json) => {
            operand(field, value)
        }
        Test::StartsWith(text) if matches!(field.kind, Kind::Text | Kind::Json) => {
            operand(field, &mut Value::Text(Arc::clone(text)))
        }
        Test::Contains(_) | Test::StartsWith(_) => Err(misfit(field, "a part of it")),
    }
}

fn operand(field: &Field, value: &mut Value) -> Result<()> {
    if value.as_text().is_some_and(|text| text.contains('\0')) {
        return Err(zero(field));
    }
    let fitting = match (field.kind, &*value) {
        (_, Value::Null)
        | (Kind::Bool | Kind::Json, Value::Bool(_))
        | (Kind::Int | Kind::Json, Value::Int(_))
        | (Kind::Text | Kind::Json, Value::Text(_)) => return Ok(()),
        (Kind::Time, Value::Time(micros)) if time::is_writable(*micros) => return Ok(()),
        (Kind::Float | Kind::Json, Value::Float(value)) if value.is_finite() => return Ok(()),
        // A number without a fraction is an integer to serde.
        #[expect(clippy::cast_precision_loss, reason = "as a number column keeps it")]
        (Kind::Float, Value::Int(integer)) => Some(Value::Float(*integer as f64)),
        (Kind::Time, Value::Text(text)) => time::parse(text).map(Value::Time),
        (Kind::Int, Value::Text(text)) if field.words.bigint => text.parse().ok().map(Value::Int),
        _ => None,
    };
    *value = fitting.ok_or_else(|| misfit(field, &value.to_string()))?;
    Ok(())
}

fn field(schema: &Schema, place: usize) -> Result<&Field> {
    let field = schema.fields.get(place);
    field.ok_or_else(|| {
        mistake(
            schema,
            &format!("asks for field {place}, which is not there"),
        )
    })
}

fn misfit(field: &Field, asked: &str) -> Error {
    let (name, noun) = (field.name, field.kind.noun());
    Error::internal(format!(
        "`{name}` is {noun}, and cannot be compared with {asked}"
    ))
}

fn mistake(schema: &Schema, message: &str) -> Error {
    Error::internal(format!("a query of `{}` {message}", schema.name))
}

/// In queries of clients a hidden field does not exist.
fn zero(field: &Field) -> Error {
    if field.words.is_hidden() {
        return misfit(field, "text with U+0000");
    }
    Error::invalid_query(vec![FieldError::zero(field.name)])
}
