//! What is SQLite's own in statements.

use std::fmt::Write;

use serde_json::Value as Json;

use super::functions::ask;

use crate::query::Test;
use crate::row::Value;
use crate::schema::Kind;
use crate::store::sql::{Dialect, Sql};

/// The SQL of SQLite.
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn parameter(&self, number: usize, text: &mut String) {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "?{number}");
    }

    fn column_type(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Bool | Kind::Int | Kind::Time => "INTEGER",
            Kind::Float => "REAL",
            Kind::Text | Kind::Json => "TEXT",
        }
    }

    fn table_options(&self) -> &'static str {
        "STRICT, WITHOUT ROWID"
    }

    fn one_of(&self, sql: &mut Sql<'_>, column: &str, kind: Kind, values: &[&Value]) {
        // One parameter, so that the text does not depend on how many values there are.
        let set: Json = values.iter().map(|value| member(value)).collect();
        let read = match kind {
            Kind::Float => "sockful_number(value)",
            _ => "value",
        };
        sql.push(column).push(" IN (SELECT ").push(read);
        sql.push(" FROM json_each(");
        sql.bind(Value::Text(set.to_string().into())).push("))");
    }

    fn holds(&self, sql: &mut Sql<'_>, column: &str, part: &Value) {
        sql.push("instr(").push(column).push(", ");
        sql.bind(part.clone()).push(") > 0");
    }

    fn nested(&self, sql: &mut Sql<'_>, column: &str, keys: &[Box<str>], test: &Test) {
        // Left to the filter itself: SQLite is less exact where it reads a number from text.
        sql.push("sockful_passes(").push(column).push(", ");
        sql.bind(Value::Text(ask(keys, test).into())).push(")");
    }
}

/// A value as a member of a set. A number with a fraction goes by its bits: nothing is lost on its way.
fn member(value: &Value) -> Json {
    match value {
        Value::Bool(value) => i64::from(*value).into(),
        Value::Int(value) | Value::Time(value) => (*value).into(),
        // Zero has two forms that are equal; SQLite keeps one of them.
        Value::Float(value) => (value + 0.0).to_bits().cast_signed().into(),
        Value::Text(value) | Value::Json(value) => (**value).into(),
        Value::Null => Json::Null,
    }
}
