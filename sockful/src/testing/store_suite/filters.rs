//! What filters mean on columns.

use super::generated::{FLOATS, INTS, TEXTS, TIMES};
use super::parents::no_parents;
use super::resources::{dense, every_kind, float, int, place, sample, sampled, test, text, time};
use super::subject::{Open, Subject, not_promised};
use crate::query::Test::{AtLeast, AtMost, Contains, Equal, In, Less, More, StartsWith};
use crate::query::{Filter, Query, SortKey};
use crate::row::{Row, Value};
use crate::store::{FilterCap, MAX_INDEXED_TEXT};

/// Alice is 19, Bob 25, Doug 32; Bob alone has a rank.
fn people() -> [Row; 3] {
    let alice = [
        ("name", text("Alice")),
        ("age", int(19)),
        ("tall", Value::Bool(true)),
    ];
    let bob = [("name", text("Bob")), ("age", int(25)), ("rank", int(1))];
    let doug = [
        ("name", text("Doug")),
        ("age", int(32)),
        ("nick", text("D")),
    ];
    [
        sampled("alice", alice),
        sampled("bob", bob),
        sampled("doug", doug),
    ]
}

pub(super) async fn a_filter_says_what_a_field_equals(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    finds(&open, test("name", Equal(text("Alice"))), &["alice"]).await;
    finds(&open, test("name", Equal(text("alice"))), &[]).await;
    finds(&open, test("age", Equal(int(25))), &["bob"]).await;
    finds(&open, test("id", Equal(text("doug"))), &["doug"]).await;
    finds(&open, test("tall", Equal(Value::Bool(true))), &["alice"]).await;
    finds(&open, !test("name", Equal(text("Alice"))), &["bob", "doug"]).await;
}

pub(super) async fn a_filter_compares_by_order(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    finds(&open, test("age", Less(int(25))), &["alice"]).await;
    finds(&open, test("age", AtMost(int(25))), &["alice", "bob"]).await;
    finds(&open, test("age", More(int(25))), &["doug"]).await;
    finds(&open, test("age", AtLeast(int(25))), &["bob", "doug"]).await;
    finds(&open, test("name", Less(text("Bob"))), &["alice"]).await;
    finds(&open, test("name", More(text("Bo"))), &["bob", "doug"]).await;
    finds(&open, test("id", AtLeast(text("b"))), &["bob", "doug"]).await;
    finds(&open, test("tall", More(Value::Bool(false))), &["alice"]).await;
}

pub(super) async fn all_parts_of_an_and_hold(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let both = Filter::And(vec![
        test("age", More(int(18))),
        test("age", Less(int(30))),
        test("name", Equal(text("Bob"))),
    ]);
    finds(&open, both, &["bob"]).await;
    let neither = test("age", Equal(int(19))).and(test("age", Equal(int(25))));
    finds(&open, neither, &[]).await;
}

pub(super) async fn one_part_of_an_or_holds(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let either = Filter::Or(vec![
        test("name", Equal(text("Alice"))),
        test("age", Equal(int(32))),
        test("age", Equal(int(99))),
    ]);
    finds(&open, either, &["alice", "doug"]).await;
}

pub(super) async fn and_or_and_order_go_together(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let either = Filter::Or(vec![
        test("name", Equal(text("Doug"))),
        test("age", AtLeast(int(18))).and(test("age", Less(int(25)))),
    ]);
    finds(&open, either.clone(), &["alice", "doug"]).await;
    finds(
        &open,
        Filter::And(vec![either.clone(), test("nick", Equal(Value::Null))]),
        &["alice"],
    )
    .await;
    let oldest = Query {
        filter: either,
        sort: vec![SortKey {
            field: place(&sample(), "age"),
            descending: true,
        }],
        limit: Some(1),
        ..Query::default()
    };
    let listing = open.list(&sample(), &oldest).await;
    assert_eq!(listing.rows[0].row[0], text("doug"));
    assert!(listing.more, "the limit left Alice out");
}

pub(super) async fn a_filter_may_have_many_parts(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let others = || {
        let ages = (0..3_000).filter(|age| *age != 25);
        ages.map(|age| test("age", Equal(int(age))))
    };
    finds(&open, Filter::Or(others().collect()), &["alice", "doug"]).await;
    let none = Filter::And(others().map(|other| !other).collect());
    finds(&open, none, &["bob"]).await;
    let empty = Filter::Or(vec![Filter::all(); 3_000]);
    finds(&open, empty, &["alice", "bob", "doug"]).await;
}

pub(super) async fn nothing_and_everything_can_be_asked_for(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let everyone = ["alice", "bob", "doug"];
    finds(&open, Filter::all(), &everyone).await;
    finds(&open, Filter::And(Vec::new()), &everyone).await;
    finds(&open, Filter::Or(Vec::new()), &[]).await;
    finds(&open, !Filter::Or(Vec::new()), &everyone).await;
    finds(
        &open,
        Filter::And(vec![Filter::all(), Filter::Or(Vec::new())]),
        &[],
    )
    .await;
    finds(&open, test("name", In(Vec::new())), &[]).await;
    finds(&open, !test("name", In(Vec::new())), &everyone).await;
}

pub(super) async fn a_not_is_the_opposite(subject: &Subject) {
    let rows = people();
    let Some(open) = filtering(subject, &rows).await else {
        return;
    };
    for filter in [
        test("rank", Equal(int(1))),
        test("rank", Equal(Value::Null)),
        test("rank", Less(int(5))),
        test("rank", Less(Value::Null)),
        test("rank", In(vec![int(1), int(2)])),
        test("rank", In(vec![int(2), Value::Null])),
        test("nick", Contains(text("D"))),
        test("nick", StartsWith("D".into())),
        test("about.x", More(int(1))),
        Filter::Or(vec![test("rank", More(int(0))), test("age", More(int(20)))]),
    ] {
        let matching = rows.iter().filter(|row| filter.matches(row, &no_parents));
        let others = rows.iter().filter(|row| !filter.matches(row, &no_parents));
        let [matching, others]: [Vec<_>; 2] = [matching.collect(), others.collect()]
            .map(|rows: Vec<&Row>| rows.iter().filter_map(|row| row[0].as_text()).collect());
        finds(&open, filter.clone(), &matching).await;
        finds(&open, Filter::Not(Box::new(filter.clone())), &others).await;
        let twice = Filter::Not(Box::new(Filter::Not(Box::new(filter))));
        finds(&open, twice, &matching).await;
    }
}

pub(super) async fn null_equals_null_and_has_no_order(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let everyone = ["alice", "bob", "doug"];
    finds(&open, test("rank", Equal(Value::Null)), &["alice", "doug"]).await;
    finds(&open, !test("rank", Equal(Value::Null)), &["bob"]).await;
    finds(&open, !test("rank", Equal(int(1))), &["alice", "doug"]).await;
    for order in [Less, AtMost, More, AtLeast] {
        finds(&open, test("rank", order(Value::Null)), &[]).await;
        finds(&open, !test("rank", order(Value::Null)), &everyone).await;
    }
    finds(&open, test("rank", AtMost(int(1))), &["bob"]).await;
    finds(&open, !test("rank", AtMost(int(1))), &["alice", "doug"]).await;
}

pub(super) async fn a_value_is_one_of_several(subject: &Subject) {
    let Some(open) = filtering(subject, &people()).await else {
        return;
    };
    let ages = |ages: &[i64]| In(ages.iter().copied().map(int).collect());
    finds(
        &open,
        test("age", ages(&[19, 32, 32, 7])),
        &["alice", "doug"],
    )
    .await;
    finds(&open, !test("age", ages(&[19, 32])), &["bob"]).await;
    finds(
        &open,
        test("rank", In(vec![Value::Null])),
        &["alice", "doug"],
    )
    .await;
    finds(
        &open,
        test("rank", In(vec![int(1), Value::Null])),
        &["alice", "bob", "doug"],
    )
    .await;
    finds(&open, !test("rank", In(vec![int(1)])), &["alice", "doug"]).await;
    finds(
        &open,
        test("name", In(vec![text("Bob"), text("bob")])),
        &["bob"],
    )
    .await;
    finds(&open, test("tall", In(vec![Value::Bool(true)])), &["alice"]).await;
    let many: Vec<_> = (20..1_020).collect();
    finds(&open, test("age", ages(&many)), &["bob", "doug"]).await;
}

pub(super) async fn text_contains_and_begins_with_plain_characters(subject: &Subject) {
    let names = [
        "100%",
        "a_b",
        "aXb",
        "a*b",
        "a[b]",
        "\u{c4}pfel",
        "a\\b",
        "a'b",
        "b?a",
        "",
        "\u{d7ff}\u{d7ff}",
        "\u{e000}",
        "\u{ffff}\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
        "\u{10ffff}",
    ];
    let rows = names.map(|name| sampled(name, [("name", text(name)), ("nick", text(name))]));
    let Some(open) = filtering(subject, &rows).await else {
        return;
    };
    for part in [
        "%",
        "_",
        "*",
        "[",
        "a_",
        "a%",
        "?",
        "\\",
        "'",
        "a",
        "A",
        "\u{c4}",
        "\u{e4}",
        "",
        "\u{d7ff}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
    ] {
        for field in ["name", "nick"] {
            let with = |found: &dyn Fn(&str) -> bool| {
                let mut ids: Vec<_> = names.into_iter().filter(|name| found(name)).collect();
                ids.sort_unstable();
                ids
            };
            let within = with(&|name| name.contains(part));
            finds(&open, test(field, Contains(text(part))), &within).await;
            let ahead = with(&|name| name.starts_with(part));
            finds(&open, test(field, StartsWith(part.into())), &ahead).await;
        }
    }
}

pub(super) async fn text_that_no_index_holds_is_compared(subject: &Subject) {
    let longest = dense(MAX_INDEXED_TEXT);
    let (beyond, much) = (longest.clone() + "!", dense(100_000));
    let rows = [
        sampled("long", [("name", text(&longest))]),
        sampled("short", [("name", text("a")), ("nick", text(&much))]),
    ];
    let Some(open) = filtering(subject, &rows).await else {
        return;
    };
    for field in ["id", "name"] {
        finds(&open, test(field, Equal(text(&beyond))), &[]).await;
        finds(&open, !test(field, Equal(text(&much))), &["long", "short"]).await;
        finds(&open, test(field, Contains(text(&beyond))), &[]).await;
        finds(&open, test(field, StartsWith(beyond.as_str().into())), &[]).await;
    }
    finds(
        &open,
        test("name", In(vec![text(&beyond), text("a")])),
        &["short"],
    )
    .await;
    finds(&open, test("name", Equal(text(&longest))), &["long"]).await;
    finds(&open, test("name", Less(text(&beyond))), &["long"]).await;
    finds(&open, test("name", More(text(&beyond))), &["short"]).await;
    finds(&open, test("nick", Equal(text(&much))), &["short"]).await;
}

pub(super) async fn every_kind_is_compared(subject: &Subject) {
    let rows = every_kind();
    let Some(open) = filtering(subject, &rows).await else {
        return;
    };
    let values = [
        ("name", text("a")),
        ("nick", text("")),
        ("age", int(0)),
        ("tall", Value::Bool(true)),
        ("keen", Value::Bool(false)),
        ("weight", float(0.0)),
        ("height", float(-1.5)),
        ("born", time(0)),
        ("left", time(-1)),
    ];
    for (field, value) in values {
        agrees(&open, &rows, field, &value).await;
    }
}

pub(super) async fn extremes_are_compared_exactly(subject: &Subject) {
    let rows = every_kind();
    let Some(open) = filtering(subject, &rows).await else {
        return;
    };
    let values = INTS.iter().map(|it| ("rank", int(*it)));
    let values = values.chain(FLOATS.iter().map(|it| ("height", float(*it))));
    let values = values.chain(TIMES.iter().map(|it| ("left", time(*it))));
    for (field, value) in values.chain(TEXTS.iter().map(|it| ("name", text(it)))) {
        agrees(&open, &rows, field, &value).await;
    }
}

/// Every test of this field and value finds what [`Filter::matches`] says.
async fn agrees(open: &Open, rows: &[Row], field: &str, value: &Value) {
    for of in [Equal, Less, AtMost, More, AtLeast, |it| In(vec![it])] {
        let filter = test(field, of(value.clone()));
        let expected = rows.iter().filter(|row| filter.matches(row, &no_parents));
        let mut expected: Vec<_> = expected.filter_map(|row| row[0].as_text()).collect();
        expected.sort_unstable();
        finds(open, filter, &expected).await;
    }
}

async fn filtering(subject: &Subject, rows: &[Row]) -> Option<Open> {
    let open = subject.open().await;
    if open.caps.filter != FilterCap::Exact {
        not_promised("filter");
        return None;
    }
    open.create_all(&sample(), rows).await;
    Some(open)
}

async fn finds(open: &Open, filter: Filter, ids: &[&str]) {
    let query = Query {
        filter,
        ..Query::default()
    };
    let found = open.ids(&sample(), &query).await;
    let found: Vec<_> = found.iter().filter_map(Value::as_text).collect();
    assert_eq!(found, ids, "{:?}", query.filter);
    assert_eq!(open.count(&sample(), &query).await, ids.len() as u64);
}
