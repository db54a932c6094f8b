//! What each test means, for every kind of value. Every store must agree.

use super::*;

/// The one record of these tests has one column.
fn holds(column: impl Into<Value>, filter: &Filter) -> bool {
    filter.matches(&Row::new(vec![column.into()]), &|_, _| None)
}

fn test(test: Test) -> Filter {
    Filter::Test(Path::field(0), test)
}

fn part(keys: &[&str], test: Test) -> Filter {
    let keys = keys.iter().map(|key| (*key).into()).collect();
    Filter::Test(Path { field: 0, keys }, test)
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn json(text: &str) -> Value {
    Value::Json(text.into())
}

/// Whether a column is less than, equal to and greater than a value.
fn order(column: &Value, value: &Value) -> [bool; 3] {
    let ask = |it: fn(Value) -> Test| holds(column.clone(), &test(it(value.clone())));
    let order = [ask(Test::Less), ask(Test::Equal), ask(Test::More)];
    // The other two follow from these, but for null.
    let null = column.is_null() || value.is_null();
    assert_eq!(ask(Test::AtMost), !null && (order[0] || order[1]));
    assert_eq!(ask(Test::AtLeast), !null && (order[1] || order[2]));
    order
}

const LESS: [bool; 3] = [true, false, false];
const EQUAL: [bool; 3] = [false, true, false];
const MORE: [bool; 3] = [false, false, true];
const NEITHER: [bool; 3] = [false, false, false];

#[test]
fn null_equals_null_and_has_no_order() {
    assert_eq!(order(&Value::Null, &Value::Null), EQUAL);
    for other in [
        Value::Bool(false),
        Value::Int(0),
        text(""),
        Value::Time(0),
        json("[]"),
    ] {
        assert_eq!(order(&other, &Value::Null), NEITHER);
        assert_eq!(order(&Value::Null, &other), NEITHER);
    }
}

#[test]
fn what_is_not_so_is_its_opposite_also_for_nulls() {
    let older = test(Test::More(Value::Int(5)));
    assert!(!holds(Value::Null, &older));
    assert!(holds(Value::Null, &!older));
    assert!(holds(Value::Null, &!test(Test::Less(Value::Null))));
    assert!(holds(Value::Null, &!test(Test::Equal(text("a")))));
    assert!(!holds(Value::Null, &!test(Test::Equal(Value::Null))));
    assert!(holds(Value::Null, &!test(Test::Contains(text("a")))));
}

#[test]
fn integers_compare_by_size_at_the_ends_of_their_range() {
    let int = Value::Int;
    assert_eq!(order(&int(i64::MIN), &int(i64::MAX)), LESS);
    assert_eq!(order(&int(i64::MAX), &int(i64::MAX - 1)), MORE);
    assert_eq!(order(&int(-1), &int(0)), LESS);
    assert_eq!(order(&int((1 << 53) + 1), &int(1 << 53)), MORE);
}

#[test]
fn floats_compare_by_size_and_zero_has_no_sign() {
    let float = Value::Float;
    assert_eq!(order(&float(f64::MIN), &float(f64::MAX)), LESS);
    assert_eq!(order(&float(f64::MIN_POSITIVE), &float(0.0)), MORE);
    assert_eq!(order(&float(-0.0), &float(0.0)), EQUAL);
    assert_eq!(order(&float(0.1), &float(0.1)), EQUAL);
}

#[test]
fn text_compares_by_code_point() {
    for pair in [
        ("", "a"),
        ("Z", "a"),
        ("a", "ab"),
        ("z", "ä"),
        ("a\u{308}", "ä"),
        ("\u{ffff}", "😀"),
    ] {
        assert_eq!(order(&text(pair.0), &text(pair.1)), LESS, "{pair:?}");
        assert_eq!(order(&text(pair.1), &text(pair.0)), MORE, "{pair:?}");
    }
}

#[test]
fn false_is_before_true_and_times_are_in_the_order_of_time() {
    assert_eq!(order(&Value::Bool(false), &Value::Bool(true)), LESS);
    assert_eq!(order(&Value::Time(-1), &Value::Time(1)), LESS);
    assert_eq!(order(&Value::Time(i64::MAX), &Value::Time(i64::MIN)), MORE);
}

#[test]
fn values_of_different_kinds_are_never_equal_and_have_no_order() {
    assert_eq!(order(&text("5"), &Value::Int(5)), NEITHER);
    assert_eq!(order(&Value::Bool(true), &Value::Int(1)), NEITHER);
    assert_eq!(order(&json("\"5\""), &Value::Int(5)), NEITHER);
    assert_eq!(order(&json("true"), &text("true")), NEITHER);
    assert_eq!(order(&json("{}"), &text("{}")), NEITHER);
}

#[test]
fn nothing_is_in_an_empty_list() {
    for value in [Value::Null, Value::Int(1), text(""), json("[]")] {
        assert!(!holds(value.clone(), &test(Test::In(Vec::new()))));
        assert!(holds(value, &!test(Test::In(Vec::new()))));
    }
}

#[test]
fn a_list_may_hold_null() {
    let one_or_null = test(Test::In(vec![Value::Int(1), Value::Null]));
    assert!(holds(Value::Null, &one_or_null));
    assert!(holds(Value::Int(1), &one_or_null));
    assert!(!holds(Value::Int(2), &one_or_null));
}

#[test]
fn nothing_and_everything_may_be_joined() {
    let value = Value::Null;
    assert!(holds(value.clone(), &Filter::And(Vec::new())));
    assert!(!holds(value.clone(), &Filter::Or(Vec::new())));
    assert!(Filter::all().is_all() && Filter::none().is_none());
    let one = test(Test::Equal(Value::Null));
    assert_eq!(Filter::all().and(one.clone()), one);
    assert_eq!(Filter::none().or(one.clone()), one);
    assert!(!holds(value.clone(), &one.clone().and(Filter::none())));
    assert!(holds(value, &(!one).or(Filter::all())));
}

#[test]
fn numbers_in_nested_values_compare_whether_integers_or_not() {
    let five = json(r#"{"n":5}"#);
    for same in [Value::Int(5), Value::Float(5.0)] {
        assert!(holds(five.clone(), &part(&["n"], Test::Equal(same))));
    }
    assert!(holds(
        five.clone(),
        &part(&["n"], Test::More(Value::Float(4.5)))
    ));
    assert!(holds(
        json(r#"{"n":0.5}"#),
        &part(&["n"], Test::Less(Value::Int(1)))
    ));
    assert!(!holds(five, &part(&["n"], Test::Equal(text("5")))));
}

#[test]
fn what_a_path_does_not_find_is_null() {
    let is_null = |keys: &[&str]| part(keys, Test::Equal(Value::Null));
    for nested in [
        json(r#"{"a":{"b":1}}"#),
        json(r#"{"a":{"b":1,"c":null}}"#),
        json(r#"{"a":5}"#),
        json(r#"{"a":[1]}"#),
        json(r#"[{"a":{"c":1}}]"#),
        json("\"text\""),
        Value::Null,
        Value::Int(5),
        text("text"),
    ] {
        assert!(holds(nested.clone(), &is_null(&["a", "c"])), "{nested}");
        assert!(!holds(nested.clone(), &!is_null(&["a", "c"])), "{nested}");
    }
    assert!(!holds(json(r#"{"a":{"c":false}}"#), &is_null(&["a", "c"])));
}

#[test]
fn an_array_has_no_parts_that_a_path_could_name() {
    let first = |keys: &[&str]| part(keys, Test::Equal(Value::Int(1)));
    assert!(!holds(json("[1,2]"), &first(&["0"])));
    assert!(holds(json(r#"{"0":1}"#), &first(&["0"])));
    assert!(holds(json(r#"{"":{" ":1}}"#), &first(&["", " "])));
}

#[test]
fn a_nested_value_itself_may_be_plain() {
    assert!(holds(json("5"), &test(Test::More(Value::Int(4)))));
    assert!(holds(json("\"a\""), &test(Test::Equal(text("a")))));
    assert!(holds(json("false"), &test(Test::Less(Value::Bool(true)))));
    assert!(holds(json("null"), &test(Test::Equal(Value::Null))));
}

#[test]
fn a_list_contains_its_items_and_nothing_nested_in_them() {
    let list = json(r#"["red",5,null,true,["deep"],{"x":"in"}]"#);
    for item in [
        text("red"),
        Value::Int(5),
        Value::Float(5.0),
        Value::Null,
        Value::Bool(true),
    ] {
        assert!(holds(list.clone(), &test(Test::Contains(item))));
    }
    for other in [
        text("re"),
        text("deep"),
        text("in"),
        Value::Int(6),
        Value::Bool(false),
    ] {
        assert!(!holds(list.clone(), &test(Test::Contains(other))));
    }
    assert!(!holds(json("[]"), &test(Test::Contains(Value::Null))));
    assert!(!holds(
        json(r#"{"red":1}"#),
        &test(Test::Contains(text("red")))
    ));
}

#[test]
fn text_contains_and_begins_with_parts_of_it_and_with_nothing() {
    for whole in [text("Träume 😀"), json("\"Träume 😀\"")] {
        for found in ["", "T", "räu", "😀", "Träume 😀"] {
            assert!(
                holds(whole.clone(), &test(Test::Contains(text(found)))),
                "{found}"
            );
        }
        for missing in ["träu", "a\u{308}", "Träume 😀!"] {
            assert!(!holds(whole.clone(), &test(Test::Contains(text(missing)))));
        }
        assert!(holds(whole.clone(), &test(Test::StartsWith("Trä".into()))));
        assert!(holds(whole.clone(), &test(Test::StartsWith("".into()))));
        assert!(!holds(whole, &test(Test::StartsWith("trä".into()))));
    }
}

#[test]
fn a_percent_sign_and_an_underscore_mean_themselves() {
    assert!(!holds(text("abc"), &test(Test::Contains(text("%")))));
    assert!(!holds(text("abc"), &test(Test::StartsWith("a_".into()))));
    assert!(holds(text("a_c%"), &test(Test::Contains(text("_c%")))));
}

#[test]
fn what_is_no_text_begins_with_nothing_and_contains_nothing() {
    for value in [
        Value::Null,
        Value::Int(1),
        Value::Bool(true),
        json("[\"\"]"),
        json("{}"),
    ] {
        assert!(!holds(value.clone(), &test(Test::StartsWith("".into()))));
    }
    for value in [Value::Null, Value::Int(1), Value::Time(1), json("1")] {
        assert!(!holds(value.clone(), &test(Test::Contains(text("")))));
        assert!(!holds(value, &test(Test::Contains(Value::Int(1)))));
    }
}

#[test]
fn what_says_the_same_of_every_record_is_folded_away() {
    let one = || test(Test::Equal(Value::Int(1)));
    let (all, none) = (Filter::all, Filter::none);
    let empty = || test(Test::In(Vec::new()));
    for (filter, folded) in [
        (Filter::And(vec![one(), none()]), none()),
        (Filter::And(vec![one(), Filter::And(vec![empty()])]), none()),
        (Filter::And(vec![all(), one(), !none()]), one()),
        (Filter::Or(vec![one(), !empty()]), all()),
        (
            Filter::Or(vec![none(), Filter::Or(vec![empty(), one()])]),
            one(),
        ),
        (Filter::Not(Box::new(Filter::And(vec![all()]))), none()),
        (Filter::Not(Box::new(Filter::Not(Box::new(one())))), one()),
        (!Filter::Or(vec![none(), one()]), !one()),
        (Filter::Or(Vec::new()), none()),
    ] {
        assert_eq!(filter.clone().folded(), folded, "{filter:?}");
    }
}
