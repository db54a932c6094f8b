//! U+0000, which PostgreSQL cannot keep in text: no store is ever asked to.

use super::*;
use crate::support::codes;

#[tokio::test]
async fn a_record_with_u_0000_is_refused_wherever_it_stands() {
    let client = client().await;
    for (field, value, path) in [
        ("id", json!("a\0"), "id"),
        ("commonName", json!("\0"), "commonName"),
        ("tags", json!(["a", "b\0"]), "tags[1]"),
        (
            "nest",
            json!({ "x": 1, "y": 1, "notes": { "deep": ["\0"] } }),
            "nest.notes.deep[0]",
        ),
        (
            "nest",
            json!({ "x": 1, "y": 1, "notes": { "k\0": 1 } }),
            "nest.notes.k\0",
        ),
    ] {
        let mut bird = json!({ "id": "z", "commonName": "Zebra finch" });
        bird[field] = value;
        let refused = client.call("bird", "create", bird.clone()).await;
        assert_eq!(refused.error()["name"], "Unprocessable", "{path:?}");
        let expected =
            json!([{ "code": "invalid", "message": "contains U+0000, which cannot be stored" }]);
        assert_eq!(refused.error()["errors"][path], expected, "{bird}");
    }
    assert_eq!(find(&client, json!({})).await, "abcdé");
}

#[tokio::test]
async fn a_change_to_u_0000_is_refused() {
    let client = client().await;
    for action in ["update", "replace"] {
        let payload = json!({ "id": "a", "commonName": "A\0k" });
        let refused = client.call("bird", action, payload).await;
        assert_eq!(codes(refused.error()), json!({ "commonName": "invalid" }));
    }
    assert_eq!(find(&client, json!({ "commonName": "Auk" })).await, "a");
}

#[tokio::test]
async fn an_id_with_u_0000_is_refused() {
    let client = client().await;
    for action in ["get", "destroy", "update"] {
        let refused = client.call("bird", action, json!({ "id": "a\0" })).await;
        assert_eq!(
            codes(refused.error()),
            json!({ "id": "invalid" }),
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_query_with_u_0000_is_refused() {
    let client = client().await;
    for (query, path) in [
        (json!({ "commonName": "\0" }), "commonName"),
        (
            json!({ "commonName": { "$contains": "\0" } }),
            "commonName.$contains",
        ),
        (
            json!({ "commonName": { "$startsWith": "\0" } }),
            "commonName.$startsWith",
        ),
        (json!({ "id": { "$in": ["a", "b\0"] } }), "id.$in[1]"),
        (json!({ "tags": { "$contains": "\0" } }), "tags.$contains"),
        (json!({ "nest.notes.\0": 1 }), "nest.notes.\0"),
    ] {
        let refused = client.call("bird", "all", query.clone()).await;
        assert_eq!(
            codes(refused.error()),
            json!({ path: "invalid" }),
            "{query}"
        );
    }
}

#[tokio::test]
async fn from_rust_it_is_refused_as_well() {
    let app = app().await;
    let cx = app.app().system();
    let error = cx.get::<Bird>(&"a\0".to_owned()).await.unwrap_err();
    assert_eq!(error.code(), 404);
    let mut bird = cx.get::<Bird>(&"a".to_owned()).await.unwrap();
    bird.id = "z".into();
    bird.common_name = "\0".into();
    let error = cx.create(bird).await.unwrap_err();
    assert_eq!(error.code(), 422);
    let asked = filter!(|b: Bird| b.common_name == "\0");
    let error = cx.all(Bird::query().filter(asked)).await.unwrap_err();
    assert_eq!(
        (error.code(), error.fields().next().unwrap().path.as_str()),
        (400, "commonName")
    );
}
