//! The statements of a query: a page of a list, and how long the list is.

use std::borrow::Borrow;

use super::filter::{Source, condition, is_of};
use super::table::Table;
use super::tables::Tables;
use super::{Dialect, OfEach, Sql, Statement, VALUE};
use crate::query::{After, Each, Query, SortKey};
use crate::row::Value;
use crate::schema::Kind;

/// The rows of a query and one more, if there are so many: the fields in the order of the schema, then the revision. `tables`
/// has those of parents that the query asks about.
pub(in crate::store) fn list<T: Borrow<Table>>(
    dialect: &dyn Dialect,
    table: &Table,
    tables: &Tables<T>,
    query: &Query,
) -> Statement {
    let find = |resource: &str| tables.find(resource);
    let of = Source::new(table, &find);
    let mut sql = Sql::new(dialect, "SELECT ");
    sql.push(table.columns());
    from(&mut sql, &of, query);
    ordered(&mut sql, table, query);
    limit(&mut sql, query, 1);
    sql.finish()
}

fn ordered(sql: &mut Sql<'_>, table: &Table, query: &Query) {
    let column = |field| table.column(field).to_owned();
    sql.push(" ORDER BY ").push(&order(table, query, column));
}

/// The order of the rows of a query, where `column` names the column of a field.
pub(in crate::store) fn order(
    table: &Table,
    query: &Query,
    column: impl Fn(usize) -> String,
) -> String {
    let mut text = String::new();
    for SortKey { field, descending } in &query.sort {
        // Where there are no nulls an index has no place for them either, and must be of the very order to be used.
        let order = match (descending, table.schema.fields[*field].nullable) {
            (false, false) => " ASC, ",
            (false, true) => " ASC NULLS FIRST, ",
            (true, false) => " DESC, ",
            (true, true) => " DESC NULLS LAST, ",
        };
        text.push_str(&column(*field));
        text.push_str(order);
    }
    text + &column(table.schema.id) + " ASC"
}

/// How many rows a query has.
pub(in crate::store) fn count<T: Borrow<Table>>(
    dialect: &dyn Dialect,
    table: &Table,
    tables: &Tables<T>,
    query: &Query,
) -> Statement {
    let find = |resource: &str| tables.find(resource);
    let of = Source::new(table, &find);
    if query.limit.is_none() && query.skip == 0 {
        let mut sql = Sql::new(dialect, "SELECT count(*)");
        from(&mut sql, &of, query);
        return sql.finish();
    }
    let mut sql = Sql::new(dialect, "SELECT count(*) FROM (SELECT 1");
    from(&mut sql, &of, query);
    limit(&mut sql, query, 0);
    sql.push(") AS page");
    sql.finish()
}

fn from(sql: &mut Sql<'_>, of: &Source<'_>, query: &Query) {
    if let Some(each) = &query.each {
        return from_each(sql, of, query, each);
    }
    let table = of.table;
    sql.push(" FROM ").push(table.name());
    let filtered = !query.filter.is_all();
    if filtered || query.after.is_some() {
        sql.push(" WHERE ");
    }
    covered(sql, of, query);
}

/// The rows of a value are found by themselves and cut to the first, value by value: the rows of all of them together,
/// numbered within each value by a window, took up to 180 times as long where there are many.
fn from_each(sql: &mut Sql<'_>, of: &Source<'_>, query: &Query, each: &Each) {
    let table = of.table;
    let (dialect, kind) = (sql.dialect, table.schema.fields[each.field].kind);
    let alike = each.values.iter().filter(|value| is_of(kind, value));
    let OfEach {
        before,
        between,
        after,
    } = dialect.of_each(table.name(), table.column(table.schema.id));
    sql.push(" FROM ");
    dialect.listed(sql, kind, &alike.collect::<Vec<_>>());
    sql.push(" CROSS JOIN ").push(&before);
    sql.push(" FROM ").push(table.name()).push(" WHERE ");
    sql.push(table.column(each.field)).push(" = ").push(VALUE);
    if !query.filter.is_all() || query.after.is_some() {
        sql.push(" AND ");
    }
    covered(sql, of, query);
    sql.push(between);
    ordered(sql, table, query);
    sql.push(" LIMIT ").bind(number(each.limit)).push(after);
}

/// That a row matches the filter and comes after the place, where either is asked.
fn covered(sql: &mut Sql<'_>, of: &Source<'_>, query: &Query) {
    let filtered = !query.filter.is_all();
    if filtered {
        condition(sql, of, &query.filter);
    }
    if let Some(after) = &query.after {
        if filtered {
            sql.push(" AND ");
        }
        beyond(sql, of.table, &query.sort, after);
    }
}

fn number(count: usize) -> Value {
    Value::Int(count.try_into().unwrap_or(i64::MAX))
}

fn limit(sql: &mut Sql<'_>, query: &Query, more: usize) {
    if query.limit.is_none() && query.skip == 0 {
        return;
    }
    let limit = query.limit.unwrap_or(usize::MAX);
    sql.push(" LIMIT ").bind(number(limit.saturating_add(more)));
    if query.skip > 0 {
        sql.push(" OFFSET ").bind(number(query.skip));
    }
}

/// How a row lies to a value in one key.
enum Side {
    Always,
    Never,
    After,
}

/// Writes that a row comes after this place: in the first key where they differ, or in its id.
fn beyond(sql: &mut Sql<'_>, table: &Table, sort: &[SortKey], after: &After) {
    let keys: Vec<_> = sort
        .iter()
        .zip(&after.values)
        .map(|(key, value)| (key.field, key.descending, value))
        .chain([(table.schema.id, false, &after.id)])
        .collect();
    sql.push("(");
    if keys.len() > 1 {
        start(sql, table, keys[0]);
    }
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            sql.push(" OR (");
            for (field, _, value) in &keys[..index] {
                equal(sql, table, *field, value);
                sql.push(" AND ");
            }
        }
        past(sql, table, *key);
        if index > 0 {
            sql.push(")");
        }
    }
    sql.push(if keys.len() > 1 { "))" } else { ")" });
}

/// Where an index on the first key may begin, which the alternatives that follow do not tell a database.
fn start(sql: &mut Sql<'_>, table: &Table, (field, descending, value): (usize, bool, &Value)) {
    let nullable = table.schema.fields[field].nullable;
    let known = is_of(table.schema.fields[field].kind, value);
    // Nulls lie behind everything that descends.
    if known && !(descending && nullable) {
        let operator = if descending { " <= " } else { " >= " };
        sql.push(table.column(field)).push(operator);
        sql.bind(value.clone()).push(" AND ");
    }
    sql.push("(");
}

fn equal(sql: &mut Sql<'_>, table: &Table, field: usize, value: &Value) {
    let column = table.column(field);
    if value.is_null() {
        sql.push(column).push(" IS NULL");
    } else if is_of(table.schema.fields[field].kind, value) {
        sql.push(column).push(" = ").bind(value.clone());
    } else {
        sql.push("FALSE");
    }
}

fn past(sql: &mut Sql<'_>, table: &Table, (field, descending, value): (usize, bool, &Value)) {
    let column = table.column(field);
    let kind = table.schema.fields[field].kind;
    match (side(kind, value), descending) {
        // Every value comes after this one, and nulls before it.
        (Side::Always, false) => sql.push(column).push(" IS NOT NULL"),
        (Side::Always, true) if value.is_null() => sql.push("FALSE"),
        (Side::Always, true) => sql.push(column).push(" IS NULL"),
        (Side::Never, false) => sql.push("FALSE"),
        (Side::Never, true) => sql.push("TRUE"),
        (Side::After, false) => sql.push(column).push(" > ").bind(value.clone()),
        (Side::After, true) if !table.schema.fields[field].nullable => {
            sql.push(column).push(" < ").bind(value.clone())
        }
        (Side::After, true) => sql
            .push("(")
            .push(column)
            .push(" < ")
            .bind(value.clone())
            .push(" OR ")
            .push(column)
            .push(" IS NULL)"),
    };
}

/// Whether the values of a column come after this one, as [`Value`]s compare: those of another kind all do, or none.
fn side(kind: Kind, value: &Value) -> Side {
    let least = match kind {
        Kind::Bool => Value::Bool(false),
        Kind::Int => Value::Int(i64::MIN),
        Kind::Float => Value::Float(f64::MIN),
        Kind::Text => Value::Text("".into()),
        Kind::Time => Value::Time(i64::MIN),
        Kind::Json => Value::Json("".into()),
    };
    if is_of(kind, value) {
        Side::After
    } else if *value < least {
        Side::Always
    } else {
        Side::Never
    }
}
