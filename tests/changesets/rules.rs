//! The items of a changeset keep the rules of their fields, each as it would alone.

use std::time::SystemTime;

use garde::Validate;

use super::*;

struct Author(String);

/// A text that is sold.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, Resource)]
#[garde(allow_unvalidated)]
#[resource(remote)]
#[policy(user = Author, read(true), write(owner == user.0))]
struct Text {
    id: String,
    #[resource(set = user.0.clone())]
    owner: String,
    #[garde(length(chars, min = 2, max = 9))]
    title: String,
    #[serde(default)]
    #[resource(read_only)]
    sold: u32,
    #[serde(default)]
    #[resource(immutable)]
    language: String,
    #[serde(default, skip_serializing)]
    #[garde(length(chars, max = 6))]
    #[resource(write_only)]
    key: String,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    cost: u64,
    #[resource(created_at)]
    created: jiff::Timestamp,
}

#[remote]
impl Text {
    #[remote]
    fn sell(&mut self) {
        self.sold += 1;
    }

    /// Whether this is the key, and what it has cost.
    #[remote]
    fn knows(&self, key: String) -> (bool, u64) {
        (self.key == key, self.cost)
    }
}

/// An app with a text `a` of Ann, whose clock stands at two seconds.
async fn texts() -> (TestApp, TestClient) {
    let app = support::app(|app| {
        let app = app.resource::<Text>();
        let app = app.clock(|| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(2));
        app.user(async |_cx: Cx, key: String| Ok(Some(Author(key))))
    });
    let app = app.await;
    let ann = app.login("ann");
    let text = json!({ "id": "a", "title": "first", "language": "en", "key": "canary" });
    ann.call("text", "create", text).await.result();
    (app, ann)
}

#[tokio::test]
async fn what_the_server_sets_is_set_and_what_is_hidden_stays_hidden() {
    let (_app, ann) = texts().await;
    let done = commit(
        &ann,
        json!([
            ["text", "create", { "id": "b", "title": "second", "key": "secret" }],
            ["text", "update", { "id": "b", "title": "2nd" }],
            ["text", "replace", { "id": "a", "title": "1st", "language": "en" }],
            ["text", "sell", { "id": "a" }],
        ]),
    )
    .await;
    let text = |id: &str, title: &str, language: &str| {
        json!({
            "id": id, "owner": "ann", "title": title, "sold": 0, "language": language,
            "created": "1970-01-01T00:00:02.000000Z",
        })
    };
    assert_eq!(
        done.result(),
        &json!([
            text("b", "second", ""),
            text("b", "2nd", ""),
            text("a", "1st", "en"),
            null,
        ])
    );
    let knows = ann.call("text", "knows", json!({ "id": "b", "key": "secret" }));
    assert_eq!(knows.await.result(), &json!([true, 0]));
    let sold = ann.call("text", "get", json!("a")).await;
    assert_eq!(sold.result()["sold"], 1);
}

#[tokio::test]
async fn a_broken_rule_of_a_field_is_told_with_its_item_and_nothing_is_done() {
    let (_app, ann) = texts().await;
    let good = json!(["text", "update", { "id": "a", "title": "good" }]);
    for (action, payload, codes) in [
        (
            "create",
            json!({ "id": "b", "title": "b", "sold": 1, "owner": "ann" }),
            json!({ "[1].sold": "read_only", "[1].owner": "read_only" }),
        ),
        (
            "create",
            json!({ "id": "b", "title": "bb", "created": null, "cost": 1 }),
            json!({ "[1].created": "read_only", "[1].cost": "unknown_field" }),
        ),
        (
            "create",
            json!([{ "id": "b", "title": "bb" }, { "id": "c", "title": "c" }]),
            json!({ "[1][1].title": "too_short" }),
        ),
        (
            "update",
            json!({ "id": "a", "language": "fr", "sold": 9, "owner": "bob" }),
            json!({
                "[1].language": "immutable", "[1].sold": "read_only", "[1].owner": "read_only",
            }),
        ),
        (
            "replace",
            json!({ "id": "a", "title": "first", "language": "fr" }),
            json!({ "[1].language": "immutable" }),
        ),
        (
            "update",
            json!({ "id": "a", "title": "a", "key": "too long" }),
            json!({ "[1].title": "too_short", "[1].key": "too_long" }),
        ),
    ] {
        let refused = commit(&ann, json!([good, ["text", action, payload]])).await;
        let error = refused.error();
        assert_eq!(support::codes(error), codes, "{action} {payload}");
        assert_eq!(
            (&error["code"], &error["item"]),
            (&json!(422), &json!(1)),
            "{action} {payload}"
        );
        assert!(!error.to_string().contains("canary"));
        let text = ann.call("text", "get", json!("a")).await;
        assert_eq!(text.result()["title"], "first");
    }
    assert_eq!(ann.call("text", "count", json!({})).await.result(), 1);
}

#[tokio::test]
async fn an_item_is_judged_by_what_those_before_it_have_left() {
    let (_app, ann) = texts().await;
    // Of a record that an item has created, what is immutable is so at once.
    let create = json!(["text", "create", { "id": "b", "title": "bb", "language": "en" }]);
    for (language, good) in [("en", true), ("fr", false)] {
        let update = json!(["text", "update", { "id": "b", "language": language }]);
        let destroy = json!(["text", "destroy", "b"]);
        let done = commit(&ann, json!([create, update, destroy])).await;
        assert_eq!(done.is_ok(), good, "{done:?}");
    }
    // Whoever comes later has the rights of who it is.
    let refused = commit(
        &ann,
        json!([create, ["text", "update", { "id": "b", "owner": "bob" }]]),
    );
    assert_eq!(
        support::codes(refused.await.error()),
        json!({ "[1].owner": "read_only" })
    );
}
