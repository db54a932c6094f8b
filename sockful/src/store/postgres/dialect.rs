//! What is PostgreSQL's own in statements.

use std::fmt::Write;

use super::rows::type_name;
use crate::query::Test;
use crate::row::{Value, time};
use crate::schema::{Field, Kind};
use crate::store::sql::{Dialect, OfEach, Sql, VALUE, quoted, set};

/// The SQL of PostgreSQL.
pub(super) struct Postgres;

impl Dialect for Postgres {
    fn parameter(&self, number: usize, text: &mut String) {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "${number}");
    }

    fn column_type(&self, kind: Kind) -> &'static str {
        match kind {
            // By code point, whatever the language of the database.
            Kind::Text => "text COLLATE \"C\"",
            other => type_name(other),
        }
    }

    fn table_options(&self) -> &'static str {
        ""
    }

    fn fits(&self, declared: &str, kind: Kind) -> bool {
        declared == declared_as(kind)
    }

    fn literal(&self, value: &Value) -> String {
        let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
        match value {
            Value::Null => "NULL".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => format!("'{value:?}'::double precision"),
            Value::Text(text) => quote(text),
            Value::Json(text) => format!("{}::jsonb", quote(text)),
            Value::Time(micros) => time::with_text(*micros, |text| {
                // The year before the first has another name.
                match text.strip_prefix("0000-") {
                    Some(rest) => format!("'0001-{rest} BC'::timestamptz"),
                    None => format!("'{text}'::timestamptz"),
                }
            }),
        }
    }

    fn keys_are_of_columns(&self) -> bool {
        false
    }

    fn same_name(&self, one: &str, other: &str) -> bool {
        one == other
    }

    fn longest_name(&self) -> usize {
        63
    }

    fn reserved(&self) -> &'static [&'static str] {
        &[]
    }

    fn create_index(&self, name: &str, table: &str, field: &Field) -> String {
        let (name, column) = (quoted(name), quoted(field.name));
        if field.words.unique {
            // As a constraint it can wait for the end of a transaction, in which records may swap values.
            return format!(
                "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column}) DEFERRABLE"
            );
        }
        // In the order of lists, where nulls come first.
        let nulls = if field.nullable { " NULLS FIRST" } else { "" };
        format!("CREATE INDEX {name} ON {table} ({column}{nulls})")
    }

    fn drop_index(&self, name: &str, table: &str, unique: bool) -> String {
        let name = quoted(name);
        if unique {
            format!("ALTER TABLE {table} DROP CONSTRAINT {name}")
        } else {
            format!("DROP INDEX {name}")
        }
    }

    fn one_of(&self, sql: &mut Sql<'_>, column: &str, kind: Kind, values: &[&Value]) {
        sql.push(column).push(" = ");
        any_of(sql, kind, values);
    }

    fn listed(&self, sql: &mut Sql<'_>, kind: Kind, values: &[&Value]) {
        sql.push("unnest(").bind(set(values));
        sql.push("::").push(type_name(kind));
        sql.push("[]) AS sockful_values (").push(VALUE).push(")");
    }

    fn of_each(&self, _: &str, _: &str) -> OfEach {
        OfEach {
            before: "LATERAL (SELECT * FROM (SELECT *".to_owned(),
            // Or it would walk an index in the order of the list, and all of it for a value that has few rows.
            between: " OFFSET 0) AS sockful_rows",
            after: ") AS sockful_first",
        }
    }

    fn holds(&self, sql: &mut Sql<'_>, column: &str, part: &Value) {
        sql.push("strpos(").push(column).push(", ");
        sql.bind(part.clone()).push(") > 0");
    }

    fn nested(&self, sql: &mut Sql<'_>, column: &str, keys: &[Box<str>], test: &Test) {
        sql.push("(SELECT ");
        passes(sql, test);
        sql.push(" FROM (SELECT ").push(column);
        for key in keys {
            // By text, which looks into objects alone: an array has no parts that a path could name.
            sql.push(" -> ").bind(Value::Text((**key).into()));
            sql.push("::text");
        }
        sql.push(") AS found (it))");
    }
}

/// How the database itself says the type of a column.
fn declared_as(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "timestamp with time zone",
        other => type_name(other),
    }
}

/// Writes that what was found, `found.it`, passes: true or false, never unknown.
fn passes(sql: &mut Sql<'_>, test: &Test) {
    match test {
        Test::Equal(value) => one_of(sql, "found.it", std::slice::from_ref(value)),
        Test::In(values) => one_of(sql, "found.it", values),
        Test::Less(value) => ordered(sql, " < ", value),
        Test::AtMost(value) => ordered(sql, " <= ", value),
        Test::More(value) => ordered(sql, " > ", value),
        Test::AtLeast(value) => ordered(sql, " >= ", value),
        Test::Contains(value) => contains(sql, value),
        Test::StartsWith(start) => {
            is(sql, "found.it", "string");
            sql.push("starts_with(found.it #>> '{}', ");
            sql.bind(Value::Text(start.clone())).push("), FALSE)");
        }
    }
}

/// Begins a condition on a part of this type; `, FALSE)` ends it.
fn is(sql: &mut Sql<'_>, part: &str, of: &str) {
    sql.push("COALESCE(jsonb_typeof(").push(part);
    sql.push(") = '").push(of).push("' AND ");
}

/// A part as a value of its kind: the type that `jsonb` names, and how it is read. Only to be evaluated where
/// the part has that type.
struct Reading {
    json: &'static str,
    kind: Kind,
    read: fn(&str) -> String,
}

const BOOL: Reading = Reading {
    json: "boolean",
    kind: Kind::Bool,
    read: |part| format!("({part})::boolean"),
};
const TEXT: Reading = Reading {
    json: "string",
    kind: Kind::Text,
    read: |part| format!("({part} #>> '{{}}') COLLATE \"C\""),
};
const NUMBER: Reading = Reading {
    json: "number",
    kind: Kind::Float,
    // What other programs write may be beyond what a float holds: neither end fails.
    read: |part| {
        format!(
            "(CASE WHEN abs(({part})::numeric) > 1.7976931348623157e308 THEN NULL \
             WHEN abs(({part})::numeric) < 3e-324 THEN 0 ELSE ({part})::float8 END)"
        )
    },
};

/// The value as a test of a part compares it, and how the part is read; `None` where nothing compares to it.
#[expect(
    clippy::cast_precision_loss,
    reason = "integers in nested values stay within 2^53"
)]
fn operand(value: &Value) -> Option<(Value, &'static Reading)> {
    match value {
        Value::Bool(_) => Some((value.clone(), &BOOL)),
        Value::Text(_) => Some((value.clone(), &TEXT)),
        // Numbers within nested values compare as such, whole or not.
        Value::Int(value) => Some((Value::Float(*value as f64), &NUMBER)),
        Value::Float(_) => Some((value.clone(), &NUMBER)),
        Value::Null | Value::Time(_) | Value::Json(_) => None,
    }
}

/// `CASE` keeps what a type must allow from being evaluated where it does not.
fn guarded(
    sql: &mut Sql<'_>,
    part: &str,
    reading: &Reading,
    write: impl FnOnce(&mut Sql<'_>, &str),
) {
    sql.push("COALESCE(CASE WHEN jsonb_typeof(").push(part);
    sql.push(") = '").push(reading.json).push("' THEN ");
    write(sql, &(reading.read)(part));
    sql.push(" END, FALSE)");
}

fn ordered(sql: &mut Sql<'_>, operator: &str, value: &Value) {
    match operand(value) {
        Some((value, reading)) => guarded(sql, "found.it", reading, |sql, part| {
            sql.push(part).push(operator).bind(value);
            sql.push("::").push(type_name(reading.kind));
        }),
        None => {
            sql.push("FALSE");
        }
    }
}

fn one_of(sql: &mut Sql<'_>, part: &str, values: &[Value]) {
    let mut none = true;
    let mut or = |sql: &mut Sql<'_>| {
        sql.push(if none { "(" } else { " OR " });
        none = false;
    };
    if values.iter().any(Value::is_null) {
        or(sql);
        sql.push("COALESCE(jsonb_typeof(")
            .push(part)
            .push("), 'null') = 'null'");
    }
    for reading in [&BOOL, &TEXT, &NUMBER] {
        let operands = values.iter().filter_map(operand);
        let alike = operands.filter(|(_, other)| other.kind == reading.kind);
        let alike: Vec<_> = alike.map(|(value, _)| value).collect();
        if alike.is_empty() {
            continue;
        }
        or(sql);
        guarded(sql, part, reading, |sql, part| {
            sql.push(part).push(" = ");
            any_of(sql, reading.kind, &alike.iter().collect::<Vec<_>>());
        });
    }
    sql.push(if none { "FALSE" } else { ")" });
}

fn any_of(sql: &mut Sql<'_>, kind: Kind, values: &[&Value]) {
    sql.push("ANY (").bind(set(values));
    sql.push("::").push(type_name(kind)).push("[])");
}

fn contains(sql: &mut Sql<'_>, value: &Value) {
    sql.push("(");
    if value.as_text().is_some() {
        is(sql, "found.it", "string");
        sql.push("strpos(found.it #>> '{}', ").bind(value.clone());
        sql.push(") > 0, FALSE) OR ");
    }
    sql.push("EXISTS (SELECT FROM jsonb_array_elements(CASE WHEN jsonb_typeof(found.it) = 'array' THEN found.it ELSE '[]' END) AS items (item) WHERE ");
    one_of(sql, "items.item", std::slice::from_ref(value));
    sql.push("))");
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_a_query_stands_in_the_text_of_a_statement() {
        crate::store::sql::disguise::check(&Postgres);
    }
}
