//! Whether only parameters carry data: a question with other values has the same text.

use std::sync::Arc;

use super::{Dialect, Table, Tables, count, list};
use crate::query::{Filter, Query, Test};
use crate::row::Value;
use crate::testing::store_suite::for_each_query;

/// Holds random queries in this dialect against the same with other values.
pub(in crate::store) fn check(dialect: &dyn Dialect) {
    let none = Tables::<Table>::new(&[], |_, _| unreachable!("there are no schemas"));
    for_each_query(|schema, query| {
        let table = Table::new(dialect, schema, &[]);
        let other = disguised(query);
        for write in [list, count] {
            let [one, other] = [query, &other].map(|query| write(dialect, &table, &none, query));
            if one.text != other.text {
                return Err(format!(
                    "{}\nand for other values\n{}",
                    one.text, other.text
                ));
            }
        }
        Ok(())
    });
}

/// The same question with other values, and other keys of nested values.
fn disguised(query: &Query) -> Query {
    let mut query = query.clone();
    query.filter = filter(query.filter);
    if let Some(after) = &mut query.after {
        after.values.iter_mut().for_each(value);
        value(&mut after.id);
    }
    if let Some(each) = &mut query.each {
        each.values.iter_mut().for_each(value);
        each.limit += 1;
    }
    query.limit = query.limit.map(|limit| limit + 1);
    query.skip += usize::from(query.skip > 0);
    query
}

fn filter(filter: Filter) -> Filter {
    let all = |parts: Vec<Filter>| parts.into_iter().map(self::filter).collect();
    match filter {
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        Filter::Not(part) => Filter::Not(Box::new(self::filter(*part))),
        Filter::Test(mut path, mut test) => {
            for key in &mut path.keys {
                *key = format!("{key}')").into();
            }
            match &mut test {
                Test::Equal(it)
                | Test::Less(it)
                | Test::AtMost(it)
                | Test::More(it)
                | Test::AtLeast(it)
                | Test::Contains(it) => value(it),
                Test::In(values) => values.iter_mut().for_each(value),
                Test::StartsWith(start) => text(start),
            }
            Filter::Test(path, test)
        }
        Filter::Parent {
            field,
            resource,
            filter,
        } => Filter::Parent {
            field,
            resource,
            filter: Box::new(self::filter(*filter)),
        },
    }
}

fn value(value: &mut Value) {
    match value {
        Value::Null => {}
        Value::Bool(value) => *value = !*value,
        Value::Int(value) | Value::Time(value) => *value = value.wrapping_add(1),
        Value::Float(value) => *value = if *value > 0.0 { -0.5 } else { 0.5 },
        Value::Text(value) | Value::Json(value) => text(value),
    }
}

fn text(text: &mut Arc<str>) {
    // What begins with nothing, or with the last character there is, has no end: another statement.
    if text.chars().any(|it| it < char::MAX) {
        *text = format!("{text}' OR 1=1 --").into();
    }
}
