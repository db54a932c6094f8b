//! A filter as a condition: true or false for every row, never unknown, so that `NOT` means what it says.

use super::table::Table;
use super::tables::FindTable;
use super::{Dialect, Sql, quoted};
use crate::query::{Filter, Path, Test};
use crate::row::Value;
use crate::schema::{Field, Kind};

/// What a condition is about.
pub(super) struct Source<'a> {
    pub(super) table: &'a Table,
    /// Where the tables of parents are found.
    tables: &'a FindTable<'a>,
    /// What the statement calls it.
    name: String,
    /// How many parents lie below it.
    depth: usize,
}

impl<'a> Source<'a> {
    /// A table under its own name.
    pub(super) fn new(table: &'a Table, tables: &'a FindTable<'a>) -> Self {
        Self {
            table,
            tables,
            name: table.name().to_owned(),
            depth: 0,
        }
    }

    /// The table of its parents of this resource.
    fn parents(&self, resource: &str) -> Option<Self> {
        let depth = self.depth + 1;
        Some(Self {
            table: (self.tables)(resource)?,
            tables: self.tables,
            // No table of a program is called so.
            name: quoted(&format!("^{depth}")),
            depth,
        })
    }
}

/// Writes the condition.
pub(super) fn condition(sql: &mut Sql<'_>, of: &Source<'_>, filter: &Filter) {
    match filter {
        Filter::And(parts) => {
            sql.joined(parts, " AND ", "TRUE", &|sql: &mut Sql<'_>, part| {
                condition(sql, of, part);
            });
        }
        Filter::Or(parts) => {
            sql.joined(parts, " OR ", "FALSE", &|sql: &mut Sql<'_>, part| {
                condition(sql, of, part);
            });
        }
        Filter::Not(part) => {
            sql.push("(NOT ");
            condition(sql, of, part);
            sql.push(")");
        }
        Filter::Test(path, test) => atom(sql, of.table, path, test),
        Filter::Parent {
            field,
            resource,
            filter,
        } => parent(sql, of, *field, resource, filter),
    }
}

/// Writes that there is a parent which matches: a look at its key for each record.
fn parent(sql: &mut Sql<'_>, of: &Source<'_>, field: usize, resource: &str, filter: &Filter) {
    let Some(parents) = of.parents(resource) else {
        // Neither this nor its opposite may hold for a table that is not there.
        sql.push("NULL");
        return;
    };
    let Source { table, name, .. } = &parents;
    sql.push("EXISTS (SELECT 1 FROM ").push(table.name());
    sql.push(" AS ").push(name).push(" WHERE ").push(name);
    sql.push(".").push(table.column(table.schema.id));
    sql.push(" = ").push(&of.name).push(".");
    sql.push(of.table.column(field)).push(" AND ");
    condition(sql, &parents, filter);
    sql.push(")");
}

fn atom(sql: &mut Sql<'_>, table: &Table, path: &Path, test: &Test) {
    let field = &table.schema.fields[path.field];
    let column = table.column(path.field);
    if field.kind == Kind::Json {
        let dialect = sql.dialect;
        dialect.nested(sql, column, &path.keys, test);
    } else if path.keys.is_empty() {
        plain(sql, field, column, test);
    } else {
        // Nothing lies within a scalar: what is found is null.
        let passes = match test {
            Test::Equal(value) => value.is_null(),
            Test::In(values) => values.iter().any(Value::is_null),
            _ => false,
        };
        sql.push(if passes { "TRUE" } else { "FALSE" });
    }
}

/// A test of the column itself.
fn plain(sql: &mut Sql<'_>, field: &Field, column: &str, test: &Test) {
    let compare = |sql: &mut Sql<'_>, operator: &str, value: &Value| {
        if is_of(field.kind, value) {
            known(sql, field, column, |sql| {
                sql.push(column).push(operator).bind(value.clone());
            });
        } else {
            sql.push("FALSE");
        }
    };
    match test {
        Test::Equal(Value::Null) => {
            sql.push(column).push(" IS NULL");
        }
        Test::Equal(value) => compare(sql, " = ", value),
        Test::Less(value) => compare(sql, " < ", value),
        Test::AtMost(value) => compare(sql, " <= ", value),
        Test::More(value) => compare(sql, " > ", value),
        Test::AtLeast(value) => compare(sql, " >= ", value),
        Test::In(values) => one_of(sql, field, column, values),
        Test::Contains(part) if field.kind == Kind::Text && part.as_text().is_some() => {
            known(sql, field, column, |sql| {
                let dialect: &dyn Dialect = sql.dialect;
                dialect.holds(sql, column, part);
            });
        }
        Test::StartsWith(start) if field.kind == Kind::Text => {
            known(sql, field, column, |sql| starts_with(sql, column, start));
        }
        Test::Contains(_) | Test::StartsWith(_) => {
            sql.push("FALSE");
        }
    }
}

/// Writes a condition that is unknown where the column is null, and false instead.
fn known(sql: &mut Sql<'_>, field: &Field, column: &str, write: impl FnOnce(&mut Sql<'_>)) {
    if field.nullable {
        sql.push("(");
        write(sql);
        sql.push(" AND ").push(column).push(" IS NOT NULL)");
    } else {
        write(sql);
    }
}

fn one_of(sql: &mut Sql<'_>, field: &Field, column: &str, values: &[Value]) {
    let alike: Vec<_> = values
        .iter()
        .filter(|value| is_of(field.kind, value))
        .collect();
    let null = values.iter().any(Value::is_null);
    match (null, alike.is_empty()) {
        (false, true) => {
            sql.push("FALSE");
        }
        (true, true) => {
            sql.push(column).push(" IS NULL");
        }
        (null, false) => {
            sql.push("(");
            known(sql, field, column, |sql| {
                let dialect = sql.dialect;
                dialect.one_of(sql, column, field.kind, &alike);
            });
            if null {
                sql.push(" OR ").push(column).push(" IS NULL");
            }
            sql.push(")");
        }
    }
}

/// Text in the order of code points begins with `start` exactly where it lies in this range, which an
/// index can look up.
fn starts_with(sql: &mut Sql<'_>, column: &str, start: &str) {
    sql.push("(").push(column).push(" >= ");
    sql.bind(Value::Text(start.into()));
    if let Some(end) = after_all(start) {
        sql.push(" AND ").push(column).push(" < ");
        sql.bind(Value::Text(end.into()));
    }
    sql.push(")");
}

/// The least text that comes after every text with this start; `None` if there is none.
fn after_all(start: &str) -> Option<String> {
    let mut end = start.to_owned();
    while let Some(last) = end.pop() {
        // The range knows that no character is a surrogate.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Whether the value is one of a column of this kind.
pub(super) fn is_of(kind: Kind, value: &Value) -> bool {
    matches!(
        (kind, value),
        (Kind::Bool, Value::Bool(_))
            | (Kind::Int, Value::Int(_))
            | (Kind::Float, Value::Float(_))
            | (Kind::Text, Value::Text(_))
            | (Kind::Time, Value::Time(_))
            | (Kind::Json, Value::Json(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_of_a_start_ends_before_the_next_character() {
        assert_eq!(after_all("ab").as_deref(), Some("ac"));
        assert_eq!(after_all("").as_deref(), None);
        assert_eq!(after_all("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after_all("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_all("\u{10ffff}\u{10ffff}"), None);
    }
}
