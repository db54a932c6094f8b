//! What clients may write, and what it means.

mod refused;

use serde_json::json;

use super::*;
use crate::error::Error;
use crate::query::{Path, Test};
use crate::row::Value;
use crate::row::tests::{Creature, schema_of};

fn parse(query: &serde_json::Value) -> Result<Page> {
    let text = query.to_string();
    parse_page(
        &schema_of::<Creature>(),
        Some(&text),
        &Config::default(),
        &[0; 32],
    )
}

/// The filter of a query that has nothing wrong.
#[track_caller]
fn filter(query: serde_json::Value) -> Filter {
    parse(&query).unwrap().query.filter
}

/// A test of the field of this name.
fn field(name: &str, test: Test) -> Filter {
    let schema = schema_of::<Creature>();
    Filter::Test(Path::field(schema.position(name).unwrap()), test)
}

#[track_caller]
fn refused(query: serde_json::Value) -> Vec<(String, String, String)> {
    errors(parse(&query).expect_err("this query has something wrong"))
}

fn errors(error: Error) -> Vec<(String, String, String)> {
    let fields = error.fields();
    fields
        .map(|it| (it.path.clone(), it.code.to_string(), it.message.clone()))
        .collect()
}

#[track_caller]
fn check_refused(query: serde_json::Value, path: &str, code: &str, message: &str) {
    let one = (path.to_owned(), code.to_owned(), message.to_owned());
    assert_eq!(refused(query), [one]);
}

#[test]
fn a_plain_value_means_equality() {
    assert_eq!(
        filter(json!({ "name": "Ann" })),
        field("name", Test::Equal(Value::Text("Ann".into())))
    );
    assert_eq!(
        filter(json!({ "speed": null })),
        field("speed", Test::Equal(Value::Null))
    );
}

#[test]
fn every_operator_has_its_test() {
    let five = || Value::Int(5);
    let text = || Value::Text("a".into());
    for (operator, operand, expected) in [
        ("$gt", json!(5), field("hunger", Test::More(five()))),
        ("$gte", json!(5), field("hunger", Test::AtLeast(five()))),
        ("$lt", json!(5), field("hunger", Test::Less(five()))),
        ("$lte", json!(5), field("hunger", Test::AtMost(five()))),
        ("$ne", json!(5), !field("hunger", Test::Equal(five()))),
        ("$in", json!([5]), field("hunger", Test::In(vec![five()]))),
        ("$nin", json!([5]), !field("hunger", Test::In(vec![five()]))),
        (
            "$exists",
            json!(false),
            field("hunger", Test::Equal(Value::Null)),
        ),
        (
            "$exists",
            json!(true),
            !field("hunger", Test::Equal(Value::Null)),
        ),
    ] {
        assert_eq!(
            filter(json!({ "hunger": { operator: operand } })),
            expected,
            "{operator}"
        );
    }
    let contains = filter(json!({ "name": { "$contains": "a" } }));
    assert_eq!(contains, field("name", Test::Contains(text())));
    let starts_with = filter(json!({ "name": { "$startsWith": "a" } }));
    assert_eq!(starts_with, field("name", Test::StartsWith("a".into())));
}

#[test]
fn what_stands_side_by_side_all_holds() {
    let both = filter(json!({ "hunger": { "$gt": 1, "$lt": 5 }, "name": "a" }));
    let Filter::And(parts) = both else {
        panic!("three conditions hold: {both:?}")
    };
    assert_eq!(parts.len(), 3);
}

#[test]
fn conditions_are_joined_and_nested() {
    let a = || field("name", Test::Equal(Value::Text("a".into())));
    let b = || field("name", Test::Equal(Value::Text("b".into())));
    let or = filter(json!({ "$or": [{ "name": "a" }, { "name": "b" }] }));
    assert_eq!(or, Filter::Or(vec![a(), b()]));
    assert_eq!(filter(json!({ "$and": [{ "name": "a" }] })), a());
    assert_eq!(filter(json!({ "$not": { "name": "a" } })), !a());
    let nested =
        filter(json!({ "$not": { "$or": [{ "name": "a" }, { "$not": { "name": "b" } }] } }));
    assert_eq!(nested, !Filter::Or(vec![a(), !b()]));
    assert_eq!(filter(json!({ "$and": [] })), Filter::all());
    assert_eq!(filter(json!({ "$or": [] })), Filter::none());
    assert_eq!(filter(json!({})), Filter::all());
}

#[test]
fn values_become_what_their_columns_keep() {
    for (name, sent, kept) in [
        ("hunger", json!(5), Value::Int(5)),
        ("speed", json!(2), Value::Float(2.0)),
        ("speed", json!(1.5), Value::Float(1.5)),
        ("speed", json!(1e300), Value::Float(1e300)),
        ("gold", json!("9223372036854775807"), Value::Int(i64::MAX)),
        ("gold", json!(5), Value::Int(5)),
        ("born", json!("1970-01-01T01:00:00+01:00"), Value::Time(0)),
        (
            "born",
            json!("1970-01-01T00:00:01.5Z"),
            Value::Time(1_500_000),
        ),
        ("nature", json!("Shy"), Value::Text("Shy".into())),
        ("labels", json!(5), Value::Int(5)),
        ("labels", json!(0.5), Value::Float(0.5)),
        ("labels", json!(true), Value::Bool(true)),
    ] {
        assert_eq!(
            filter(json!({ name: sent })),
            field(name, Test::Equal(kept)),
            "{name}"
        );
    }
}

#[test]
fn a_path_leads_into_a_nested_value_as_far_as_its_type_goes() {
    let schema = schema_of::<Creature>();
    let pos = schema.position("pos").unwrap();
    let x = filter(json!({ "pos.x": { "$gt": 1 } }));
    let path = Path {
        field: pos,
        keys: vec!["x".into()],
    };
    assert_eq!(x, Filter::Test(path, Test::More(Value::Int(1))));
    for (key, message) in [
        ("pos.z", "z is unknown; expected one of: x, y"),
        ("pos.x.y", "y is not expected here"),
        ("labels.text", "text is not expected here"),
        ("name.first", "name is text and has no parts"),
    ] {
        check_refused(json!({ key: 1 }), key, "unknown_field", message);
    }
    for key in ["pos.", "pos..x", "pos.\"", "pos.a\\b", "pos.\0"] {
        assert_eq!(refused(json!({ key: 1 }))[0].1, "invalid", "{key:?}");
    }
}

#[test]
fn an_order_keeps_the_order_of_its_keys() {
    let schema = schema_of::<Creature>();
    for text in [
        r#"{"$sort":{"name":-1,"hunger":1,"id":-1}}"#,
        r#"{"$sort":[{"name":-1},{"hunger":1,"id":-1}]}"#,
    ] {
        let page = parse_page(&schema, Some(text), &Config::default(), &[0; 32]).unwrap();
        let sort = page.query.sort.iter();
        let sort: Vec<_> = sort
            .map(|key| (schema.fields[key.field].name, key.descending))
            .collect();
        assert_eq!(sort, [("name", true), ("hunger", false), ("id", true)]);
    }
}

#[test]
fn count_takes_conditions_and_nothing_else() {
    let schema = schema_of::<Creature>();
    let count = |text: &str| parse_count(&schema, Some(text), &Config::default()).map_err(errors);
    assert!(count(r#"{"hunger":{"$gt":5}}"#).is_ok());
    for key in ["$limit", "$skip", "$sort", "$select", "$after"] {
        let refused = count(&json!({ key: 1 }).to_string()).expect_err("not for count");
        assert_eq!((&*refused[0].0, &*refused[0].1), (key, "unknown_field"));
        assert!(refused[0].2.ends_with("$and, $or, $not"), "{refused:?}");
    }
}
