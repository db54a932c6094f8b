//! Arguments: the fields of the payload, of any type that serde reads.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;
use uuid::Uuid;

use crate::support;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Echo {
    id: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Point,
    Circle(u32),
    Line(i32, i32),
    Box {
        width: u32,
        inner: Option<Box<Self>>,
    },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Tagged {
    Empty,
    Full { of: Vec<Shape> },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nested {
    #[serde(rename = "theName")]
    name: String,
    #[serde(default)]
    tags: HashSet<String>,
    by_number: BTreeMap<u32, Shape>,
}

#[remote]
impl Echo {
    #[remote]
    fn optional(a: Option<u32>, b: Option<Option<u32>>) -> (Option<u32>, Option<Option<u32>>) {
        (a, b)
    }

    #[remote]
    fn defaulted(
        #[remote(default)] a: u32,
        #[remote(default)] b: Vec<String>,
    ) -> (u32, Vec<String>) {
        (a, b)
    }

    #[remote]
    fn nested(nested: Nested) -> Nested {
        nested
    }

    #[remote]
    fn shape(shape: Shape) -> Shape {
        shape
    }

    #[remote]
    fn tagged(tagged: Tagged) -> Tagged {
        tagged
    }

    #[remote]
    fn record(record: Self, id: Id<Self>, uuid: Uuid) -> (Self, Id<Self>, Uuid) {
        (record, id, uuid)
    }

    #[remote]
    fn anything(anything: Value) -> Value {
        anything
    }

    #[remote]
    fn raw(r#type: u8, r#match: u8) -> u8 {
        r#type + r#match
    }

    #[remote]
    #[allow(clippy::too_many_arguments, reason = "as many as a method may have")]
    fn twelve(
        a: u8,
        b: i16,
        c: u32,
        d: i64,
        e: f32,
        f: f64,
        g: bool,
        h: char,
        i: String,
        j: Vec<u8>,
        k: (u8, String),
        l: Option<u8>,
    ) -> Value {
        json!([a, b, c, d, e, f, g, h, i, j, k, l])
    }

    #[remote]
    fn typed(&mut self, count: u8, name: String, shape: Shape) -> String {
        format!("{count} {name} {shape:?}")
    }
}

/// Its id is not called `id`.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Item {
    #[resource(id)]
    code: String,
}

#[remote]
impl Item {
    #[remote]
    fn pair_with(&mut self, id: Id<Echo>) -> (String, Id<Echo>) {
        (self.code.clone(), id)
    }
}

async fn client() -> TestClient {
    let app = support::app(|app| app.resource::<Echo>()).await;
    let client = app.anonymous();
    client.call("echo", "create", json!({ "id": "e" })).await;
    client
}

/// The paths at fault and their codes.
async fn faults(action: &str, payload: Value) -> Value {
    let refused = client().await.call("echo", action, payload).await;
    assert_eq!(refused.error()["reason"], "invalid");
    support::codes(refused.error())
}

#[tokio::test]
async fn an_option_may_be_absent_or_null() {
    let client = client().await;
    for (payload, expected) in [
        (json!({}), json!([null, null])),
        (json!(null), json!([null, null])),
        (json!({ "a": null, "b": null }), json!([null, null])),
        (json!({ "a": 1, "b": 2 }), json!([1, 2])),
    ] {
        let answer = client.call("echo", "optional", payload).await;
        assert_eq!(answer.result(), &expected);
    }
}

#[tokio::test]
async fn a_defaulted_argument_may_be_absent_but_not_wrong() {
    let client = client().await;
    for (payload, expected) in [
        (json!({}), json!([0, []])),
        (json!({ "a": 3 }), json!([3, []])),
        (json!({ "b": ["x"], "a": 3 }), json!([3, ["x"]])),
    ] {
        let answer = client.call("echo", "defaulted", payload).await;
        assert_eq!(answer.result(), &expected);
    }
    assert_eq!(
        faults("defaulted", json!({ "a": "x", "b": null })).await,
        json!({ "a": "wrong_type", "b": "wrong_type" })
    );
}

#[tokio::test]
async fn nested_types_are_read_as_serde_reads_them() {
    let client = client().await;
    let nested = json!({
        "theName": "n", "tags": ["t"], "by_number": { "1": "point", "2": { "circle": 3 } }
    });
    let answer = client
        .call("echo", "nested", json!({ "nested": nested }))
        .await;
    assert_eq!(answer.result(), &nested);
    assert_eq!(
        faults(
            "nested",
            json!({ "nested": { "theName": "n", "by_number": { "1": { "circle": -3 } } } })
        )
        .await,
        json!({ "nested.by_number.1.circle": "out_of_range" })
    );
    assert_eq!(
        faults(
            "nested",
            json!({ "nested": { "theName": "n", "by_number": {}, "more": 1 } })
        )
        .await,
        json!({ "nested.more": "unknown_field" })
    );
}

#[tokio::test]
async fn every_form_of_an_enum_is_an_argument() {
    let client = client().await;
    for shape in [
        json!("point"),
        json!({ "circle": 4 }),
        json!({ "line": [-1, 2] }),
        json!({ "box": { "width": 1, "inner": { "box": { "width": 2, "inner": "point" } } } }),
    ] {
        let answer = client.call("echo", "shape", json!({ "shape": shape }));
        assert_eq!(answer.await.result(), &shape);
        let tagged = json!({ "kind": "full", "of": [shape, "point"] });
        let answer = client.call("echo", "tagged", json!({ "tagged": tagged }));
        assert_eq!(answer.await.result(), &tagged);
    }
    assert_eq!(
        faults("shape", json!({ "shape": "square" })).await,
        json!({ "shape": "unknown_variant" })
    );
    let deep = json!({ "box": { "width": 1, "inner": { "box": { "width": "wide" } } } });
    assert_eq!(
        faults("shape", json!({ "shape": deep })).await,
        json!({ "shape.box.inner.box.width": "wrong_type" })
    );
}

#[tokio::test]
async fn records_and_ids_are_arguments_too() {
    let client = client().await;
    let uuid = "0198c0de-0000-7000-8000-00000000000a";
    let payload = json!({ "record": { "id": "x" }, "id": uuid, "uuid": uuid });
    let answer = client.call("echo", "record", payload).await;
    assert_eq!(answer.result(), &json!([{ "id": "x" }, uuid, uuid]));
}

#[tokio::test]
async fn an_argument_may_be_called_id_where_the_id_has_another_name() {
    let app = support::app(|app| app.resource::<Item>()).await;
    let client = app.anonymous();
    client.call("item", "create", json!({ "code": "x" })).await;
    let uuid = "0198c0de-0000-7000-8000-00000000000a";
    let payload = json!({ "id": uuid, "code": "x" });
    let answer = client.call("item", "pair_with", payload).await;
    assert_eq!(answer.result(), &json!(["x", uuid]));
}

#[tokio::test]
async fn any_json_is_an_argument() {
    let client = client().await;
    for anything in [
        json!(true),
        json!("t"),
        json!([1, { "a": [1.5] }]),
        json!({}),
        json!(-7),
    ] {
        let answer = client.call("echo", "anything", json!({ "anything": anything }));
        assert_eq!(answer.await.result(), &anything);
    }
}

#[tokio::test]
async fn arguments_go_by_their_names_in_any_order() {
    let client = client().await;
    let answer = client
        .call("echo", "raw", json!({ "match": 2, "type": 1 }))
        .await;
    assert_eq!(answer.result(), 3);
}

#[tokio::test]
async fn a_method_may_have_twelve_arguments() {
    let client = client().await;
    let payload = json!({
        "a": 255, "b": -300, "c": 70_000, "d": -5_000_000_000_i64, "e": 1.5, "f": 1e300, "g": true,
        "h": "ß", "i": "text", "j": [1, 2], "k": [1, "x"], "l": 9
    });
    let answer = client.call("echo", "twelve", payload).await;
    let expected = json!([
        255,
        -300,
        70_000,
        -5_000_000_000_i64,
        1.5,
        1e300,
        true,
        "ß",
        "text",
        [1, 2],
        [1, "x"],
        9
    ]);
    assert_eq!(answer.result(), &expected);
}

#[tokio::test]
async fn all_twelve_may_be_wrong_and_each_is_told() {
    let faults = faults(
        "twelve",
        json!({ "a": 256, "b": 70_000, "c": -1, "e": "x", "g": 1, "h": "long", "k": [1] }),
    )
    .await;
    let told: Vec<_> = faults.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        told,
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]
    );
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_arguments_is_told_at_once() {
    assert_eq!(
        faults(
            "typed",
            json!({ "id": "e", "count": 300, "shape": "square" })
        )
        .await,
        json!({ "count": "out_of_range", "name": "required", "shape": "unknown_variant" })
    );
}

#[tokio::test]
async fn an_unknown_argument_hides_no_other_mistake() {
    assert_eq!(
        faults("typed", json!({ "id": "e", "count": 300, "colour": 1 })).await,
        json!({
            "count": "out_of_range", "name": "required", "shape": "required", "colour": "unknown_field"
        })
    );
}

#[tokio::test]
async fn a_missing_id_does_not_hide_what_else_is_missing_or_unknown() {
    assert_eq!(
        faults("typed", json!({ "count": 3, "colour": 1 })).await,
        json!({
            "id": "required", "name": "required", "shape": "required",
            "colour": "unknown_field"
        })
    );
}
