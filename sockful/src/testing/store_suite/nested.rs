//! What filters mean within nested values.

use serde_json::{Value as Json, json};

use super::resources::{float, int, json as nested, place, sample, sampled, test, text};
use super::subject::{Open, Subject, not_promised};
use crate::query::Test::{AtLeast, AtMost, Contains, Equal, In, Less, More, StartsWith};
use crate::query::{Filter, Path, Query};
use crate::row::Value;
use crate::store::FilterCap;

pub(super) async fn a_path_leads_into_nested_values(subject: &Subject) {
    let abouts = [
        json!({ "x": 1 }),
        json!({ "x": 2, "in": { "deep": "yes" } }),
    ];
    let Some(open) = about(subject, &abouts).await else {
        return;
    };
    finds(&open, test("about.x", Equal(int(2))), &[1]).await;
    finds(&open, test("about.x", AtLeast(int(1))), &[0, 1]).await;
    finds(&open, test("about.in.deep", Equal(text("yes"))), &[1]).await;
    finds(&open, test("about.in.deep", StartsWith("y".into())), &[1]).await;
    finds(&open, test("about.in.deep", Contains(text("es"))), &[1]).await;
    finds(
        &open,
        test("about.in.deep", In(vec![text("no"), text("yes")])),
        &[1],
    )
    .await;
}

pub(super) async fn what_a_path_does_not_find_is_null(subject: &Subject) {
    let abouts = [
        json!({ "x": 1 }),
        json!({ "x": null }),
        json!({ "y": 1 }),
        json!([{ "x": 1 }]),
        json!("x"),
        json!(null),
    ];
    let Some(open) = about(subject, &abouts).await else {
        return;
    };
    finds(&open, test("about.x", Equal(Value::Null)), &[1, 2, 3, 4, 5]).await;
    finds(&open, !test("about.x", Equal(Value::Null)), &[0]).await;
    finds(
        &open,
        test("about.x", In(vec![Value::Null, int(7)])),
        &[1, 2, 3, 4, 5],
    )
    .await;
    finds(
        &open,
        test("about.x.y.z", Equal(Value::Null)),
        &[0, 1, 2, 3, 4, 5],
    )
    .await;
    // Nothing lies within a scalar.
    finds(
        &open,
        test("name.x", Equal(Value::Null)),
        &[0, 1, 2, 3, 4, 5],
    )
    .await;
    finds(&open, test("age.x", AtLeast(int(0))), &[]).await;
    // The field itself.
    finds(&open, test("about", Equal(Value::Null)), &[5]).await;
    finds(&open, test("about", Equal(text("x"))), &[4]).await;
    // A place in an array is no key.
    finds(&open, !test("about.0", Equal(Value::Null)), &[]).await;
}

pub(super) async fn nested_numbers_compare_by_size(subject: &Subject) {
    let most = (1_i64 << 53) - 1;
    let abouts = [
        json!({ "n": 1 }),
        json!({ "n": 1.0 }),
        json!({ "n": 1.5 }),
        json!({ "n": -0.0 }),
        json!({ "n": most }),
        json!({ "n": 1e300 }),
        json!({ "n": 0.1 }),
    ];
    let Some(open) = about(subject, &abouts).await else {
        return;
    };
    finds(&open, test("about.n", Equal(int(1))), &[0, 1]).await;
    finds(&open, test("about.n", Equal(float(1.0))), &[0, 1]).await;
    finds(
        &open,
        test("about.n", In(vec![float(1.0), int(0)])),
        &[0, 1, 3],
    )
    .await;
    finds(&open, test("about.n", Equal(float(0.0))), &[3]).await;
    finds(&open, test("about.n", Equal(float(0.1))), &[6]).await;
    finds(&open, test("about.n", More(int(1))), &[2, 4, 5]).await;
    finds(&open, test("about.n", Less(float(1.5))), &[0, 1, 3, 6]).await;
    finds(&open, test("about.n", Equal(int(most))), &[4]).await;
    finds(
        &open,
        test("about.n", AtMost(int(most - 1))),
        &[0, 1, 2, 3, 6],
    )
    .await;
    finds(&open, test("about.n", Equal(float(1e300))), &[5]).await;
}

pub(super) async fn nested_values_of_different_kinds_are_never_equal(subject: &Subject) {
    let abouts = [
        json!({ "v": 1 }),
        json!({ "v": "1" }),
        json!({ "v": true }),
        json!({ "v": false }),
        json!({ "v": [1] }),
        json!({ "v": { "1": 1 } }),
        json!({ "v": null }),
    ];
    let Some(open) = about(subject, &abouts).await else {
        return;
    };
    finds(&open, test("about.v", Equal(int(1))), &[0]).await;
    finds(&open, test("about.v", Equal(text("1"))), &[1]).await;
    finds(&open, test("about.v", Equal(Value::Bool(true))), &[2]).await;
    finds(&open, test("about.v", Equal(Value::Null)), &[6]).await;
    finds(&open, test("about.v", AtLeast(int(0))), &[0]).await;
    finds(&open, test("about.v", Less(Value::Bool(true))), &[3]).await;
    finds(&open, test("about.v", AtLeast(text(""))), &[1]).await;
    finds(&open, test("about.v", Contains(text(""))), &[1]).await;
    finds(&open, test("about.v", StartsWith("".into())), &[1]).await;
    let scalars = vec![int(1), text("1"), Value::Bool(false), Value::Null];
    finds(&open, test("about.v", In(scalars)), &[0, 1, 3, 6]).await;
}

pub(super) async fn an_array_contains_its_items(subject: &Subject) {
    let abouts = [
        json!([1, "a", null, true]),
        json!(["1", [1], { "a": 1 }]),
        json!([]),
        json!({ "a": "a" }),
        json!("a1"),
        json!([1.0, false]),
    ];
    let Some(open) = about(subject, &abouts).await else {
        return;
    };
    finds(&open, test("about", Contains(int(1))), &[0, 5]).await;
    finds(&open, test("about", Contains(text("a"))), &[0, 4]).await;
    finds(&open, test("about", Contains(text("1"))), &[1, 4]).await;
    finds(&open, test("about", Contains(Value::Null)), &[0]).await;
    finds(&open, test("about", Contains(Value::Bool(true))), &[0]).await;
    finds(&open, test("about", Contains(Value::Bool(false))), &[5]).await;
    finds(&open, test("about", Contains(text(""))), &[4]).await;

    let tagged = ["red", "green"].map(|tag| {
        let tags = nested(&json!([tag, "any"]));
        sampled(tag, [("tags", tags)])
    });
    let open = subject.open().await;
    open.create_all(&sample(), &tagged).await;
    let red = Query {
        filter: test("tags", Contains(text("red"))),
        ..Query::default()
    };
    assert_eq!(open.ids(&sample(), &red).await, [text("red")]);
}

pub(super) async fn a_key_is_only_a_key(subject: &Subject) {
    let keys = [
        "a.b",
        "$",
        "$.a",
        "[0]",
        "#",
        "*",
        "a b",
        "'",
        "",
        "\u{e4}",
        "\u{1f600}",
        "a",
    ];
    let abouts = keys.map(|key| json!({ key: key }));
    let Some(open) = about(subject, &abouts).await else {
        return;
    };
    for (at, key) in keys.into_iter().enumerate() {
        let path = Path {
            field: place(&sample(), "about"),
            keys: vec![key.into()],
        };
        let found = |test| Filter::Test(path.clone(), test);
        finds(&open, found(Equal(text(key))), &[at]).await;
        finds(&open, !found(Equal(Value::Null)), &[at]).await;
    }
}

/// A sample about each of these, by its place.
async fn about(subject: &Subject, abouts: &[Json]) -> Option<Open> {
    let open = subject.open().await;
    if open.caps.filter != FilterCap::Exact {
        not_promised("filter");
        return None;
    }
    let rows = abouts.iter().enumerate().map(|(at, about)| {
        let about = if about.is_null() {
            Value::Null
        } else {
            nested(about)
        };
        sampled(&format!("{at:02}"), [("about", about)])
    });
    open.create_all(&sample(), &rows.collect::<Vec<_>>()).await;
    Some(open)
}

async fn finds(open: &Open, filter: Filter, places: &[usize]) {
    let query = Query {
        filter,
        ..Query::default()
    };
    let found = open.ids(&sample(), &query).await;
    let expected: Vec<_> = places.iter().map(|at| text(&format!("{at:02}"))).collect();
    assert_eq!(found, expected, "{:?}", query.filter);
}
