//! What clients are told of a query that is wrong.

use super::*;

#[test]
fn values_of_another_kind_are_refused_with_what_is_expected() {
    for (name, sent, code, message) in [
        (
            "hunger",
            json!("5"),
            "wrong_type",
            "expected an integer, found text",
        ),
        (
            "hunger",
            json!(1.5),
            "wrong_type",
            "expected an integer, found 1.5",
        ),
        (
            "hunger",
            json!(true),
            "wrong_type",
            "expected an integer, found true",
        ),
        (
            "hunger",
            json!(9_007_199_254_740_993_i64),
            "unsafe_integer",
            "is an integer beyond ±9007199254740991",
        ),
        (
            "speed",
            json!("fast"),
            "wrong_type",
            "expected a number, found text",
        ),
        ("name", json!(5), "wrong_type", "expected text, found 5"),
        ("born", json!(5), "wrong_type", "expected a time, found 5"),
        (
            "born",
            json!("noon"),
            "wrong_type",
            "expected a time in RFC 3339, such as 2026-11-21T12:00:00Z",
        ),
        (
            "gold",
            json!("much"),
            "wrong_type",
            "expected an integer as decimal text, found other text",
        ),
        (
            "gold",
            json!("9223372036854775808"),
            "out_of_range",
            "is an integer beyond 64 bits",
        ),
        (
            "gold",
            json!(9_007_199_254_740_992_i64),
            "unsafe_integer",
            "is beyond ±9007199254740991: send it as decimal text",
        ),
        (
            "name",
            json!("a\0b"),
            "invalid",
            "contains U+0000, which cannot be stored",
        ),
        (
            "name",
            json!(["a"]),
            "wrong_type",
            "expected a plain value, or an object of operators such as {\"$in\": []}, found a list",
        ),
        (
            "name",
            json!({}),
            "wrong_type",
            "expected a plain value, or an object of operators such as {\"$in\": []}, found an object",
        ),
    ] {
        check_refused(json!({ name: sent }), name, code, message);
    }
}

#[test]
fn operators_are_for_columns_of_their_kind() {
    check_refused(
        json!({ "hunger": { "$contains": 5 } }),
        "hunger.$contains",
        "wrong_type",
        "is for text and lists, but this is an integer",
    );
    check_refused(
        json!({ "born": { "$startsWith": "2026" } }),
        "born.$startsWith",
        "wrong_type",
        "is for text, but this is a time",
    );
    check_refused(
        json!({ "labels": { "$startsWith": 5 } }),
        "labels.$startsWith",
        "wrong_type",
        "expected text, found 5",
    );
    check_refused(
        json!({ "name": { "$exists": 1 } }),
        "name.$exists",
        "wrong_type",
        "expected true or false, found 1",
    );
    check_refused(
        json!({ "name": { "$in": "a" } }),
        "name.$in",
        "wrong_type",
        "expected a list, found text",
    );
}

#[test]
fn a_private_field_is_an_unknown_one_wherever_it_is_named() {
    let unknown = |query| {
        let refused = refused(query);
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].1, "unknown_field");
        assert!(!refused[0].2.contains("secret"), "{refused:?}");
        refused[0].0.clone()
    };
    assert_eq!(unknown(json!({ "secret": 1 })), "secret");
    assert_eq!(unknown(json!({ "secret.x": 1 })), "secret.x");
    assert_eq!(unknown(json!({ "$sort": { "secret": 1 } })), "$sort.secret");
    assert_eq!(unknown(json!({ "$select": ["secret"] })), "$select[0]");
    assert_eq!(
        unknown(json!({ "$or": [{ "secret": 1 }] })),
        "$or[0].secret"
    );
}

#[test]
fn what_is_unknown_is_named_with_what_would_be_known() {
    check_refused(
        json!({ "colour": 1 }),
        "colour",
        "unknown_field",
        "is unknown; expected one of: id, name, hunger, speed, born, nature, pos, labels, health, gold, \
            $and, $or, $not, $sort, $limit, $skip, $after, $select, $include",
    );
    check_refused(
        json!({ "$or": [{ "$limit": 1 }] }),
        "$or[0].$limit",
        "unknown_field",
        "is unknown; expected one of: id, name, hunger, speed, born, nature, pos, labels, health, gold, $and, $or, $not",
    );
    check_refused(
        json!({ "hunger": { "$regex": "a" } }),
        "hunger.$regex",
        "unknown_field",
        "is unknown; expected one of: $gt, $gte, $lt, $lte, $ne, $in, $nin, $exists, $contains, $startsWith",
    );
    let part = refused(json!({ "pos": { "x": 1 } }));
    assert!(
        part[0]
            .2
            .ends_with("write its path as the key, such as \"pos.x\""),
        "{part:?}"
    );
}

#[test]
fn a_key_given_twice_is_refused() {
    let schema = schema_of::<Creature>();
    for (text, path) in [
        (r#"{"name":"a","name":"b"}"#, "name"),
        (r#"{"$limit":1,"$limit":2}"#, "$limit"),
        (r#"{"hunger":{"$gt":1,"$gt":2}}"#, "hunger.$gt"),
        (r#"{"$sort":{"name":1,"name":-1}}"#, "$sort.name"),
    ] {
        let refused = parse_page(&schema, Some(text), &Config::default(), &[0; 32]);
        let refused = errors(refused.expect_err("a key is given twice"));
        assert_eq!(refused[0].0, path);
        assert_eq!(refused[0].1, "duplicate_field");
    }
}

#[test]
fn a_field_is_sorted_by_once() {
    let query = json!({ "$sort": [{ "name": 1 }, "id", { "name": -1 }] });
    let refused = refused(query);
    assert_eq!((&*refused[0].0, &*refused[0].1), ("$sort[1]", "wrong_type"));
    assert_eq!(
        (&*refused[1].0, &*refused[1].1),
        ("$sort[2].name", "duplicate_field")
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let refused = refused(json!({
        "$limit": -1,
        "$sort": { "name": 2, "pos": 1 },
        "$select": ["name", 5],
        "$not": [],
        "hunger": { "$gt": "a", "$in": [1, "b"] },
        "$or": [{ "name": 1 }, "x"],
    }));
    let paths: Vec<_> = refused.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "$limit",
            "$not",
            "$or[0].name",
            "$or[1]",
            "$select[1]",
            "$sort.name",
            "$sort.pos",
            "hunger.$gt",
            "hunger.$in[1]",
        ]
    );
}

#[test]
fn an_or_may_have_as_many_tests_as_a_query_conditions() {
    let (schema, config) = (schema_of::<Creature>(), Config::default());
    let of = |many: usize| {
        let items: Vec<_> = (0..many).map(|at| json!({ "hunger": at % 256 })).collect();
        let text = json!({ "$or": items }).to_string();
        parse_page(&schema, Some(&text), &config, &[0; 32]).is_ok()
    };
    assert!(of(config.query_terms));
    assert!(!of(config.query_terms + 1));
}

#[test]
fn the_bounds_of_a_query_are_named_where_they_are_passed() {
    let mut config = Config::default();
    (config.query_terms, config.query_depth, config.query_in) = (3, 2, 2);
    (config.query_sort, config.query_skip) = (1, 5);
    let schema = schema_of::<Creature>();
    let parse = |query: serde_json::Value| {
        let text = query.to_string();
        parse_page(&schema, Some(&text), &config, &[0; 32]).map_err(errors)
    };
    let three = json!({ "hunger": { "$gt": 1, "$lt": 3, "$ne": 2 } });
    for fits in [
        three,
        json!({ "$not": { "$not": { "name": "a" } } }),
        json!({ "$or": [{ "name": "a" }, { "name": "b", "hunger": 1 }] }),
        json!({ "$or": [{ "$not": { "name": "a" } }, { "$and": [{ "name": "b" }] }, {}] }),
        json!({ "name": { "$in": ["a", "b"] } }),
        json!({ "$sort": { "name": 1 } }),
        json!({ "$skip": 5 }),
    ] {
        assert!(parse(fits.clone()).is_ok(), "{fits}");
    }
    let four = json!({ "hunger": { "$gt": 1, "$lt": 3, "$ne": 2 }, "name": "a", "speed": 1 });
    let deep = json!({ "$not": { "$not": { "$not": { "name": "a" } } } });
    for (query, path, code, message) in [
        (
            four,
            "name",
            "too_many",
            "conditions of one query: at most 3",
        ),
        (
            json!({ "$or": [{}, {}, {}, {}] }),
            "$or[3]",
            "too_many",
            "conditions of one query: at most 3",
        ),
        (
            json!({ "$or": [{ "name": "a" }, { "name": "b" }, { "name": "c", "hunger": 1 }] }),
            "$or[2].name",
            "too_many",
            "conditions of one query: at most 3",
        ),
        (
            json!({ "$and": [{}, { "$not": {} }, { "$or": [] }], "$not": {} }),
            "$not",
            "too_many",
            "conditions of one query: at most 3",
        ),
        (
            deep,
            "$not.$not.$not",
            "too_deep",
            "levels of `$and`, `$or` and `$not`: at most 2",
        ),
        (
            json!({ "name": { "$nin": ["a", "b", "c"] } }),
            "name.$nin",
            "too_many",
            "values of one list: at most 2",
        ),
        (
            json!({ "$sort": { "name": 1, "id": 1 } }),
            "$sort",
            "too_many",
            "fields to sort by: at most 1",
        ),
        (
            json!({ "$skip": 6 }),
            "$skip",
            "out_of_range",
            "records that can be skipped: at most 5",
        ),
        (
            json!({ "pos.a.b.c": 6 }),
            "pos.a.b.c",
            "too_deep",
            "keys of one path: at most 2",
        ),
    ] {
        let refused = parse(query).expect_err("it is beyond a bound");
        assert_eq!(refused, [(path.into(), code.into(), message.into())]);
    }
}
