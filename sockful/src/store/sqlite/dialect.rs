//! What is SQLite's own in statements.

use std::fmt::Write;
use std::sync::Arc;

use super::functions::ask;

use crate::query::Test;
use crate::row::Value;
use crate::schema::{Kind, Schema};
use crate::store::sql::{Dialect, OfEach, Sql, Table, VALUE, set};

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

    fn fits(&self, declared: &str, kind: Kind) -> bool {
        // As SQLite itself reads a type: tables that others have made have many.
        let declared = declared.to_ascii_uppercase();
        let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        match kind {
            Kind::Bool if declared == "BOOLEAN" || declared == "BOOL" => true,
            Kind::Bool | Kind::Int | Kind::Time => says(&["INT"]),
            Kind::Text | Kind::Json => !says(&["INT"]) && says(&["CHAR", "CLOB", "TEXT"]),
            Kind::Float => {
                !says(&["INT", "CHAR", "CLOB", "TEXT", "BLOB"]) && says(&["REAL", "FLOA", "DOUB"])
            }
        }
    }

    fn literal(&self, value: &Value) -> String {
        match value {
            Value::Null => "NULL".to_owned(),
            Value::Bool(value) => i64::from(*value).to_string(),
            Value::Int(value) | Value::Time(value) => value.to_string(),
            Value::Float(value) => format!("{value:?}"),
            Value::Text(text) | Value::Json(text) => format!("'{}'", text.replace('\'', "''")),
        }
    }

    fn keys_are_of_columns(&self) -> bool {
        true
    }

    fn same_name(&self, one: &str, other: &str) -> bool {
        one.eq_ignore_ascii_case(other)
    }

    fn longest_name(&self) -> usize {
        // SQLite has no limit; a name like this is a mistake.
        1_000
    }

    fn reserved(&self) -> &'static [&'static str] {
        &["sqlite_"]
    }

    fn one_of(&self, sql: &mut Sql<'_>, column: &str, kind: Kind, values: &[&Value]) {
        sql.push(column).push(" IN (SELECT ").push(member(kind));
        sql.push(" FROM json_each(");
        sql.bind(set(values)).push("))");
    }

    fn listed(&self, sql: &mut Sql<'_>, kind: Kind, values: &[&Value]) {
        sql.push("(SELECT ").push(member(kind));
        sql.push(" AS ").push(VALUE).push(" FROM json_each(");
        sql.bind(set(values)).push("))");
    }

    fn of_each(&self, table: &str, id: &str) -> OfEach {
        OfEach {
            before: format!("{table} ON {id} IN (SELECT {id}"),
            between: "",
            after: ")",
        }
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

/// How a value of this kind is read from a [`set`].
fn member(kind: Kind) -> &'static str {
    match kind {
        Kind::Float => "sockful_number(value)",
        _ => "value",
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_query_stands_in_the_text_of_a_statement() {
        crate::store::sql::disguise::check(&Sqlite);
    }
}

/// The table of a resource; `schemas` are all of the store.
pub(super) fn table(schema: &Arc<Schema>, schemas: &[Arc<Schema>]) -> Table {
    Table::new(&Sqlite, schema, schemas)
}
