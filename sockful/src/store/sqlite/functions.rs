//! The functions that sockful adds to SQLite: what it cannot do exactly by itself.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Error};
use serde_json::Value as Json;

use crate::query::Test;
use crate::row::Value;

/// Adds them to a connection.
pub(super) fn add(connection: &Connection) -> rusqlite::Result<()> {
    // Nobody's triggers and views can call them.
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("sockful_passes", 2, flags, passes)?;
    connection.create_scalar_function("sockful_number", 1, flags, number)
}

/// `sockful_passes(column, asked)`: whether a part of a nested column passes a test. `asked` is what [`ask`] writes.
fn passes(context: &Context<'_>) -> rusqlite::Result<bool> {
    // Read once for all the rows of a statement.
    let asked = context.get_or_create_aux(1, |asked| read(asked.as_str()?))?;
    let (test, keys) = &*asked;
    let column = context.get_raw(0).as_str_or_null();
    let column = column.map_err(|error| Error::UserFunctionError(error.into()))?;
    Ok(test.passes_within(column, keys))
}

/// `sockful_number(bits)`: the number with a fraction that has these bits.
fn number(context: &Context<'_>) -> rusqlite::Result<f64> {
    let bits: i64 = context.get(0)?;
    Ok(f64::from_bits(bits.cast_unsigned()))
}

/// The name of a test, the keys that lead to what it is about, and the values it holds that against.
type Asked = (Box<str>, Vec<Box<str>>, Vec<Json>);

/// A test of what `keys` lead to, as text.
pub(super) fn ask(keys: &[Box<str>], test: &Test) -> String {
    let (name, values) = match test {
        Test::Equal(value) => ("equal", vec![operand(value)]),
        Test::Less(value) => ("less", vec![operand(value)]),
        Test::AtMost(value) => ("at_most", vec![operand(value)]),
        Test::More(value) => ("more", vec![operand(value)]),
        Test::AtLeast(value) => ("at_least", vec![operand(value)]),
        Test::In(values) => ("in", values.iter().map(operand).collect()),
        Test::Contains(value) => ("contains", vec![operand(value)]),
        Test::StartsWith(start) => ("starts_with", vec![(**start).into()]),
    };
    serde_json::json!([name, keys, values]).to_string()
}

type Wrong = Box<dyn std::error::Error + Send + Sync>;

fn read(asked: &str) -> Result<(Test, Vec<Box<str>>), Wrong> {
    let (name, keys, values): Asked = serde_json::from_str(asked)?;
    let mut values = values.into_iter().map(value);
    let mut one = || values.next().unwrap_or(Value::Null);
    let test = match &*name {
        "equal" => Test::Equal(one()),
        "less" => Test::Less(one()),
        "at_most" => Test::AtMost(one()),
        "more" => Test::More(one()),
        "at_least" => Test::AtLeast(one()),
        "in" => Test::In(values.collect()),
        "contains" => Test::Contains(one()),
        "starts_with" => Test::StartsWith(one().as_text().unwrap_or_default().into()),
        _ => return Err(FromSqlError::InvalidType.into()),
    };
    Ok((test, keys))
}

fn operand(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => (**value).into(),
        // No part of a nested value equals one of these: stands for a value that nothing equals.
        Value::Time(_) | Value::Json(_) => Json::Array(Vec::new()),
    }
}

fn value(operand: Json) -> Value {
    match operand {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        // Numbers within nested values compare as such, whole or not.
        Json::Number(value) => Value::Float(value.as_f64().unwrap_or_default()),
        Json::String(value) => Value::Text(value.into()),
        Json::Array(_) | Json::Object(_) => Value::Json("".into()),
    }
}
