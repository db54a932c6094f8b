//! A cursor opens the list it was made for, and no other.

use proptest::prelude::*;

use super::*;
use crate::query::{Filter, Path, SortKey, Test};
use crate::row::Value;
use crate::row::tests::{Creature, Ghost, schema_of};

const SECRET: [u8; 32] = [7; 32];

fn place(values: Vec<Value>) -> After {
    After {
        values,
        id: Value::Text("bob".into()),
    }
}

/// Creatures that are hungry, the hungriest first.
fn query() -> Query {
    let hungry = Test::More(Value::Int(5));
    let name = Test::In(vec![Value::Text("Ann".into()), Value::Text("Bob".into())]);
    Query {
        filter: Filter::And(vec![
            Filter::Test(Path::field(2), hungry),
            Filter::Test(Path::field(1), name),
        ]),
        sort: vec![SortKey {
            field: 2,
            descending: true,
        }],
        ..Query::default()
    }
}

fn seal(query: &Query) -> Seal {
    Seal::of(&schema_of::<Creature>(), query)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::Time),
        any::<f64>().prop_map(Value::Float),
        any::<String>().prop_map(|text| Value::Text(text.into())),
    ]
}

proptest! {
    #[test]
    fn a_place_comes_back_as_it_was(values in prop::collection::vec(value(), 0..4), id in value()) {
        let place = After { values, id };
        let seal = seal(&query());
        let cursor = seal.close(&SECRET, Some(&place));
        prop_assert_eq!(seal.open(&SECRET, &cursor), Ok(Some(place)));
    }

    #[test]
    fn a_cursor_with_any_bit_changed_is_refused(
        values in prop::collection::vec(value(), 0..3), id in value(), bit: prop::sample::Index,
    ) {
        let seal = seal(&query());
        let cursor = seal.close(&SECRET, Some(&After { values, id }));
        let mut bytes = cursor.into_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        // What is no text any more can be in no request.
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert_eq!(seal.open(&SECRET, &changed), Err(REFUSED));
        }
    }

    #[test]
    fn what_nobody_has_sealed_is_refused(text: String) {
        prop_assert_eq!(seal(&query()).open(&SECRET, &text), Err(REFUSED));
    }
}

#[test]
fn every_single_bit_of_a_cursor_counts() {
    let seal = seal(&query());
    let cursor = seal.close(&SECRET, Some(&place(vec![Value::Int(9)])));
    for bit in 0..cursor.len() * 8 {
        let mut bytes = cursor.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(changed) = String::from_utf8(bytes) {
            assert_eq!(seal.open(&SECRET, &changed), Err(REFUSED), "bit {bit}");
        }
    }
    for length in 0..cursor.len() {
        assert_eq!(seal.open(&SECRET, &cursor[..length]), Err(REFUSED));
    }
    assert_eq!(seal.open(&SECRET, &format!("{cursor}A")), Err(REFUSED));
    assert_eq!(seal.open(&SECRET, &format!("{cursor}=")), Err(REFUSED));
}

#[test]
fn the_place_before_every_record_is_one() {
    let seal = seal(&query());
    let cursor = seal.close(&SECRET, None);
    assert_eq!(seal.open(&SECRET, &cursor), Ok(None));
}

#[test]
fn a_cursor_of_another_server_is_refused() {
    let seal = seal(&query());
    let cursor = seal.close(&[8; 32], Some(&place(vec![])));
    assert_eq!(seal.open(&SECRET, &cursor), Err(REFUSED));
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let cursor = seal(&query()).close(&SECRET, Some(&place(vec![Value::Int(9)])));
    let mut other_filter = query();
    other_filter.filter = Filter::Test(Path::field(2), Test::More(Value::Int(6)));
    let mut other_order = query();
    other_order.sort[0].descending = false;
    let mut no_order = query();
    no_order.sort.clear();
    for other in [other_filter, other_order, no_order, Query::default()] {
        assert_eq!(
            seal(&other).open(&SECRET, &cursor),
            Err(REFUSED),
            "{other:?}"
        );
    }
}

#[test]
fn a_cursor_of_another_resource_is_refused() {
    let creatures = seal(&Query::default());
    let ghosts = Seal::of(&schema_of::<Ghost>(), &Query::default());
    let cursor = creatures.close(&SECRET, Some(&place(vec![])));
    assert_eq!(ghosts.open(&SECRET, &cursor), Err(REFUSED));
}

#[test]
fn the_same_conditions_in_another_order_are_the_same_query() {
    let mut turned = query();
    let Filter::And(parts) = &mut turned.filter else {
        panic!("this query has two conditions")
    };
    parts.reverse();
    let Filter::Test(_, Test::In(values)) = &mut parts[0] else {
        panic!("one of them is a list")
    };
    values.reverse();
    assert_eq!(seal(&turned), seal(&query()));
}

#[test]
fn size_of_a_page_does_not_bind_a_cursor() {
    let mut other = query();
    (other.limit, other.skip, other.bytes) = (Some(3), 5, Some(100));
    assert_eq!(seal(&other), seal(&query()));
}
