//! Sorted lists.

use super::resources::{every_kind, float, int, place, sample, sampled, test, text, time, with};
use super::subject::{Open, Subject, not_promised};
use crate::query::{After, Each, Query, SortKey, Test};
use crate::row::{Row, Value};
use crate::store::FilterCap;

/// Bob is 25, Doug 32, Alice 19.
fn people() -> [Row; 3] {
    [("1", "Bob", 25), ("2", "Doug", 32), ("3", "Alice", 19)]
        .map(|(id, name, age)| sampled(id, [("name", text(name)), ("age", int(age))]))
}

pub(super) async fn a_list_is_sorted_up_and_down(subject: &Subject) {
    let Some(open) = sorting(subject, &people()).await else {
        return;
    };
    sorted(&open, &["name"], &["3", "1", "2"]).await;
    sorted(&open, &["-name"], &["2", "1", "3"]).await;
    sorted(&open, &["age"], &["3", "1", "2"]).await;
    sorted(&open, &["-age"], &["2", "1", "3"]).await;
    sorted(&open, &["-id"], &["3", "2", "1"]).await;
    let youngest = Query {
        limit: Some(1),
        skip: 1,
        ..by(&["age"])
    };
    assert_eq!(open.ids(&sample(), &youngest).await, [text("1")]);
}

pub(super) async fn every_kind_has_its_order(subject: &Subject) {
    let rows = every_kind();
    let Some(open) = sorting(subject, &rows).await else {
        return;
    };
    for field in sample().fields.iter().map(|field| field.name) {
        if matches!(field, "tags" | "about") {
            // Nested values have no order.
            continue;
        }
        for field in [field.to_owned(), format!("-{field}")] {
            let query = by(&[&field]);
            let mut expected: Vec<_> = rows.iter().collect();
            expected.sort_by(|a, b| query.compare(&sample(), a, b));
            let ids = open.ids(&sample(), &query).await;
            assert!(
                ids.iter().eq(expected.iter().map(|row| &row[0])),
                "{field}: {ids:?}"
            );
        }
    }
}

pub(super) async fn nulls_come_first_and_last_where_descending(subject: &Subject) {
    let rows = [
        sampled("a", [("rank", int(i64::MIN)), ("nick", text(""))]),
        sampled("b", []),
        sampled(
            "c",
            [
                ("height", float(f64::MIN)),
                ("left", time(i64::from(i32::MIN))),
            ],
        ),
        sampled("d", [("keen", Value::Bool(false))]),
    ];
    let Some(open) = sorting(subject, &rows).await else {
        return;
    };
    for (field, down, holder) in [
        ("rank", "-rank", "a"),
        ("nick", "-nick", "a"),
        ("height", "-height", "c"),
        ("left", "-left", "c"),
        ("keen", "-keen", "d"),
    ] {
        let others = ["a", "b", "c", "d"].into_iter().filter(|id| *id != holder);
        let up: Vec<_> = others.clone().chain([holder]).collect();
        sorted(&open, &[field], &up).await;
        sorted(
            &open,
            &[down],
            &[holder].into_iter().chain(others).collect::<Vec<_>>(),
        )
        .await;
    }
}

pub(super) async fn ties_come_in_the_order_of_ids(subject: &Subject) {
    let rows = ["c", "a", "d", "b"].map(|id| sampled(id, [("age", int(1))]));
    let Some(open) = sorting(subject, &rows).await else {
        return;
    };
    for keys in [
        &["age"][..],
        &["-age"],
        &["rank"],
        &["-rank"],
        &["-rank", "-age"],
    ] {
        sorted(&open, keys, &["a", "b", "c", "d"]).await;
    }
}

pub(super) async fn a_later_key_breaks_the_ties_of_an_earlier(subject: &Subject) {
    let rows = [
        ("a", 1, Some(2)),
        ("b", 2, Some(1)),
        ("c", 1, None),
        ("d", 2, None),
    ]
    .map(|(id, age, rank)| {
        sampled(
            id,
            [("age", int(age)), ("rank", rank.map_or(Value::Null, int))],
        )
    });
    let Some(open) = sorting(subject, &rows).await else {
        return;
    };
    sorted(&open, &["age", "rank"], &["c", "a", "d", "b"]).await;
    sorted(&open, &["age", "-rank"], &["a", "c", "b", "d"]).await;
    sorted(&open, &["-age", "rank"], &["d", "b", "c", "a"]).await;
    sorted(&open, &["rank", "-age"], &["d", "c", "b", "a"]).await;
}

pub(super) async fn sorted_pages_join_up_to_the_whole_list(subject: &Subject) {
    let rows: Vec<_> = (0..12)
        .map(|at: i64| {
            let nick = ["x", "y"]
                .get(at as usize % 3)
                .map_or(Value::Null, |it| text(it));
            let values = [("age", int(at % 2)), ("nick", nick)];
            sampled(&format!("{at:02}"), values)
        })
        .collect();
    let Some(open) = sorting(subject, &rows).await else {
        return;
    };
    for keys in [
        &["nick"][..],
        &["-nick"],
        &["nick", "-age"],
        &["-nick", "age"],
        &["-id"],
    ] {
        let whole = open.ids(&sample(), &by(keys)).await;
        for size in [1, 2, 5, 12] {
            let mut query = Query {
                limit: Some(size),
                ..by(keys)
            };
            let mut joined = Vec::new();
            while joined.len() < rows.len() {
                let page = open.list(&sample(), &query).await;
                let last = page.rows.last().expect("a row on every page");
                query.after = Some(query.place(&sample(), &last.row));
                joined.extend(page.rows.iter().map(|it| it.row[0].clone()));
                assert_eq!(page.more, joined.len() < rows.len());
            }
            assert_eq!(joined, whole, "{keys:?}, pages of {size}");
        }
    }
}

pub(super) async fn the_first_of_each_value_are_those_of_the_order(subject: &Subject) {
    let rows = [
        ("a", "red", 1, true),
        ("b", "blue", 2, true),
        ("c", "red", 3, true),
        ("d", "red", 3, true),
        ("e", "blue", 1, false),
        ("f", "red", 9, false),
        ("g", "grey", 5, true),
    ];
    let rows = rows.map(|(id, name, age, tall)| {
        let values = [("name", text(name)), ("age", int(age))];
        with(
            &sampled(id, values),
            &sample(),
            [("tall", Value::Bool(tall))],
        )
    });
    let Some(open) = sorting(subject, &rows).await else {
        return;
    };
    let of_each = |limit, keys| Query {
        each: Some(Each {
            field: place(&sample(), "name"),
            values: vec![text("red"), text("blue"), text("green")],
            limit,
        }),
        ..by(keys)
    };
    let tall = test("tall", Test::Equal(Value::Bool(true)));
    let after = After {
        values: vec![int(3)],
        id: text("c"),
    };
    for (query, expected) in [
        (of_each(1, &["-age"]), &["f", "b"][..]),
        (of_each(2, &["-age"]), &["f", "c", "b", "e"]),
        (of_each(2, &["age"]), &["a", "e", "b", "c"]),
        // By the values themselves as well.
        (of_each(2, &["name", "-id"]), &["e", "b", "f", "d"]),
        (of_each(1, &["-id"]), &["f", "e"]),
        // Others than those that are asked for take nobody's place.
        (
            Query {
                filter: tall.clone(),
                ..of_each(2, &["-age"])
            },
            &["c", "d", "b"],
        ),
        // The count begins after the place.
        (
            Query {
                after: Some(after),
                ..of_each(1, &["-age"])
            },
            &["d", "b"],
        ),
        (
            Query {
                skip: 1,
                limit: Some(1),
                ..of_each(1, &["-age"])
            },
            &["b"],
        ),
    ] {
        let ids = open.ids(&sample(), &query).await;
        let expected: Vec<_> = expected.iter().map(|id| text(id)).collect();
        assert_eq!(ids, expected, "{query:?}");
    }
}

async fn sorting(subject: &Subject, rows: &[Row]) -> Option<Open> {
    let open = subject.open().await;
    if open.caps.filter != FilterCap::Exact {
        not_promised("sorting");
        return None;
    }
    open.create_all(&sample(), rows).await;
    Some(open)
}

async fn sorted(open: &Open, keys: &[&str], ids: &[&str]) {
    let found = open.ids(&sample(), &by(keys)).await;
    assert!(
        found
            .iter()
            .eq(&ids.iter().map(|id| text(id)).collect::<Vec<_>>()),
        "{keys:?}: {found:?}"
    );
}

/// By these fields, down where there is a minus.
fn by(keys: &[&str]) -> Query {
    let keys = keys.iter().map(|key| SortKey {
        field: place(&sample(), key.trim_start_matches('-')),
        descending: key.starts_with('-'),
    });
    Query {
        sort: keys.collect(),
        ..Query::default()
    }
}
