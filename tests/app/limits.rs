//! The limits of `Config` hold, and one byte below them nothing is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;
use sockful::{Config, ErrorKind};

use crate::support::{self, Creature, codes};

async fn client(limit: impl FnOnce(&mut Config)) -> TestClient {
    let mut config = Config::default();
    limit(&mut config);
    let app = support::app(|app| app.resource::<Creature>().config(config)).await;
    app.anonymous()
}

#[tokio::test]
async fn a_payload_may_be_as_large_as_the_limit_and_no_larger() {
    let client = client(|config| config.max_payload = 1000).await;
    let payload = |size: usize| {
        let empty = json!({ "name": "" }).to_string().len();
        json!({ "name": "x".repeat(size - empty) })
    };
    let refused = client.call("creature", "create", payload(1001)).await;
    assert_eq!(refused.error()["reason"], "payload_too_large");
    assert!(
        client
            .call("creature", "create", payload(1000))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_payload_may_be_as_deep_as_the_limit_and_no_deeper() {
    let client = client(|config| config.max_depth = 5).await;
    let nested = |depth| (1..depth).fold(json!([]), |inner, _| json!([inner]));
    for depth in [4, 5, 6, 60] {
        let payload: Value = json!({ "id": "a", "tags": nested(depth - 1) });
        let refused = client.call("creature", "update", payload).await;
        let expected = if depth > 5 { "too_deep" } else { "not_found" };
        assert_eq!(refused.error()["reason"], expected, "{depth}");
    }
}

#[tokio::test]
async fn an_id_may_be_as_long_as_the_limit_and_no_longer() {
    let client = client(|config| config.max_id = 10).await;
    let (fits, long) = ("é".repeat(5), "é".repeat(5) + "x");
    let create = |id: &str| json!({ "id": id, "name": "Ann" });
    assert!(
        client
            .call("creature", "create", create(&fits))
            .await
            .is_ok()
    );
    let batch = json!([create("a"), create(&long)]);
    for (action, payload, path) in [
        ("create", create(&long), "id"),
        ("create", batch, "[1].id"),
        ("get", json!(long), "id"),
        ("destroy", json!({ "id": long }), "id"),
        ("update", json!({ "id": long, "name": "Bob" }), "id"),
        ("replace", create(&long), "id"),
        ("feed", json!({ "id": long, "food": "a pear" }), "id"),
    ] {
        let refused = client.call("creature", action, payload).await;
        assert_eq!(
            codes(refused.error()),
            json!({ path: "too_long" }),
            "{action}"
        );
        assert_eq!(
            refused.error()["errors"][path][0]["params"],
            json!({ "max": 10 })
        );
    }
}

/// Someone who is looked up by name.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Person {
    id: String,
    #[resource(index)]
    name: String,
    #[serde(default)]
    #[resource(unique)]
    email: Option<String>,
    #[serde(default)]
    words: String,
}

#[remote]
impl Person {
    #[remote]
    fn call(&mut self, name: String) {
        self.name = name;
    }
}

#[tokio::test]
async fn text_in_an_index_may_be_as_long_as_every_store_can_hold_and_no_longer() {
    let app = support::app(|app| app.resource::<Person>()).await;
    let client = app.anonymous();
    let longest = "x".repeat(sockful::store::MAX_INDEXED_TEXT);
    let long = longest.clone() + "x";
    let ann = json!({ "id": "ann", "name": longest, "email": longest, "words": long });
    let created = client.call("person", "create", ann.clone()).await;
    assert_eq!(created.result(), &ann);

    for (action, payload, path) in [
        ("create", json!({ "id": "bob", "name": long }), "name"),
        (
            "create",
            json!([{ "id": "bob", "name": "Bob", "email": long }]),
            "[0].email",
        ),
        ("update", json!({ "id": "ann", "email": long }), "email"),
        ("replace", json!({ "id": "ann", "name": long }), "name"),
    ] {
        let refused = client.call("person", action, payload).await;
        assert_eq!(refused.error()["code"], 422, "{action}");
        assert_eq!(
            codes(refused.error()),
            json!({ path: "too_long" }),
            "{action}"
        );
        assert_eq!(
            refused.error()["errors"][path][0]["params"],
            json!({ "max": 2048 })
        );
    }
    // What a method writes is the server's doing.
    let called = json!({ "id": "ann", "name": long });
    let failed = client.call("person", "call", called).await;
    assert_eq!(failed.error()["reason"], "internal");
    let bob = Person {
        id: "bob".into(),
        name: long.clone(),
        email: None,
        words: String::new(),
    };
    let error = app.app().system().create(bob).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unprocessable);
    let all = client.call("person", "all", json!({})).await;
    assert_eq!(all.result(), &json!([ann]));

    // A query may compare with any text.
    for (query, found) in [
        (json!({ "name": long }), 0),
        (json!({ "id": long }), 0),
        (json!({ "name": { "$ne": long } }), 1),
        (json!({ "name": { "$in": [long, longest] } }), 1),
        (json!({ "name": { "$lt": long } }), 1),
        (json!({ "email": { "$gte": long } }), 0),
        (json!({ "words": long }), 1),
    ] {
        let count = client.call("person", "count", query.clone()).await;
        assert_eq!(count.result(), &json!(found), "{query}");
    }
}

#[tokio::test]
async fn ids_are_never_longer_than_every_store_can_hold() {
    let mut config = Config::default();
    config.max_id = sockful::store::MAX_INDEXED_TEXT;
    let build = |config| App::builder().store(Memory::new()).config(config).build();
    assert!(build(config.clone()).await.is_ok());
    config.max_id += 1;
    let refused = build(config).await.expect_err("an id that is too long");
    let expected = "config: `max_id` is 2049: no store takes an id of more than 2048 bytes";
    assert_eq!(refused.problems().collect::<Vec<_>>(), [expected]);
}

#[tokio::test]
async fn a_page_may_take_so_many_bytes_and_a_walk_still_sees_all() {
    let client = client(|config| config.page_bytes = 1000).await;
    let batch: Vec<_> = (0..20)
        .map(|number| json!({ "id": format!("{number:02}"), "name": "x".repeat(200) }))
        .collect();
    client.call("creature", "create", batch.into()).await;
    let (mut seen, mut pages) = (0, 0);
    let mut query = json!({});
    loop {
        let page = client.call("creature", "all", query.clone()).await;
        let length = page.result().as_array().unwrap().len();
        assert!((1..=5).contains(&length), "{length}");
        (seen, pages) = (seen + length, pages + 1);
        let Some(next) = page.meta().get("next") else {
            break;
        };
        query["$after"] = next.clone();
    }
    assert_eq!(seen, 20);
    assert!(pages >= 4);
}

#[tokio::test]
async fn a_record_larger_than_a_page_is_a_page() {
    let client = client(|config| config.page_bytes = 10).await;
    let batch = json!([{ "id": "a", "name": "x".repeat(200) }, { "id": "b", "name": "Bob" }]);
    client.call("creature", "create", batch).await;
    let page = client.call("creature", "all", json!({})).await;
    assert_eq!(page.result()[0]["id"], "a");
    let next = json!({ "$after": page.meta()["next"] });
    let page = client.call("creature", "all", next).await;
    assert_eq!(page.result()[0]["id"], "b");
    assert_eq!(page.meta().get("next"), None);
}

#[tokio::test]
async fn an_app_tells_the_limits_it_was_built_with() {
    let mut config = Config::default();
    config.max_id = 7;
    let limits = config.clone();
    let app = support::app(|app| app.config(config)).await;
    assert_eq!(app.app().config(), &limits);
}
