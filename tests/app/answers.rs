//! No answer is larger than `max_answer`, and what could not be answered is not done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::Config;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use crate::support;

/// The limit of these tests, in bytes.
const MAX: usize = 1000;

/// A book, which can be long.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Book {
    id: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    reads: u32,
}

impl Book {
    fn new(id: &str, text: String) -> Self {
        let id = id.to_owned();
        Self { id, text, reads: 0 }
    }
}

#[remote]
impl Book {
    #[remote(read)]
    fn sound(bytes: u32) -> String {
        "x".repeat(bytes as usize)
    }

    #[remote(read)]
    fn fail(bytes: u32) -> Result<()> {
        Err(Error::conflict("x".repeat(bytes as usize)))
    }

    #[remote]
    fn read(&mut self, bytes: u32) -> String {
        self.reads += 1;
        "x".repeat(bytes as usize)
    }

    #[remote]
    async fn copy(cx: &Cx, bytes: u32) -> Result<String> {
        let copy = Self::new("copy", String::new());
        cx.create(copy).await?;
        Ok("x".repeat(bytes as usize))
    }

    #[remote]
    fn write(&mut self, bytes: u32) {
        self.text = "x".repeat(bytes as usize);
    }
}

/// An app with one short book, `a`, and two clients of it.
async fn library() -> (TestApp, TestClient, TestClient) {
    let mut config = Config::default();
    config.max_answer = MAX;
    config.page_bytes = 300;
    let app = support::app(|app| app.resource::<Book>().config(config)).await;
    let cx = app.app().system();
    cx.create(Book::new("a", String::new())).await.unwrap();
    let (client, neighbour) = (app.anonymous(), app.anonymous());
    (app, client, neighbour)
}

async fn reason(client: &TestClient, action: &str, payload: Value) -> Value {
    client.call("book", action, payload).await.error()["reason"].clone()
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    let (_app, client, _) = library().await;
    // Two quotes, and an empty meta.
    let fits = MAX - 4;
    let answer = client.call("book", "sound", json!({ "bytes": fits })).await;
    assert_eq!(answer.result().as_str().map(str::len), Some(fits));
    let refused = client
        .call("book", "sound", json!({ "bytes": fits + 1 }))
        .await;
    let message = "an answer may have 1000 bytes: ask for less, of `all` by `$limit`";
    let expected = support::pair::error(400, "BadRequest", "answer_too_large", message);
    assert_eq!(refused.error(), &expected);
}

#[tokio::test]
async fn a_method_that_returns_too_much_is_an_error_and_its_neighbours_are_served() {
    let (_app, client, neighbour) = library().await;
    let sound = |bytes| ["book".into(), "sound".into(), json!({ "bytes": bytes })];
    let calls = [5, 5_000_000, 6, 2_000, 7].map(|bytes| client.emit(&sound(bytes)));
    let other = neighbour.call("book", "get", json!("a")).await;
    assert_eq!(other.result()["id"], "a");
    let mut told = Vec::new();
    for call in calls {
        let answer = call.await;
        told.push(answer.is_ok());
    }
    assert_eq!(told, [true, false, true, false, true]);
}

#[tokio::test]
async fn an_error_is_an_answer_too() {
    let (_app, client, _) = library().await;
    assert_eq!(
        reason(&client, "fail", json!({ "bytes": 800 })).await,
        "conflict"
    );
    assert_eq!(
        reason(&client, "fail", json!({ "bytes": MAX })).await,
        "answer_too_large"
    );
}

#[tokio::test]
async fn a_mutation_that_could_not_be_answered_is_not_done() {
    let (_app, client, _) = library().await;
    for (action, payload) in [
        ("read", json!({ "id": "a", "bytes": MAX })),
        ("copy", json!({ "bytes": MAX })),
        ("update", json!({ "id": "a", "text": "x".repeat(MAX) })),
        // Six bytes on the wire for each of these.
        ("update", json!({ "id": "a", "text": "\u{1}".repeat(200) })),
        ("create", json!({ "id": "copy", "text": "x".repeat(MAX) })),
        (
            "create",
            (0..30).map(|id| json!({ "id": id.to_string() })).collect(),
        ),
    ] {
        assert_eq!(
            reason(&client, action, payload).await,
            "answer_too_large",
            "{action}"
        );
    }
    let all = client.call("book", "all", json!({})).await.to_json();
    let expected =
        json!([null, [{ "id": "a", "text": "", "reads": 0 }], { "pos": 1, "revs": [1] }]);
    assert_eq!(all, expected);
    // A little less, and all of it is done.
    for (action, payload) in [
        ("read", json!({ "id": "a", "bytes": 800 })),
        ("update", json!({ "id": "a", "text": "\u{1}".repeat(100) })),
        ("copy", json!({ "bytes": 800 })),
    ] {
        assert!(client.call("book", action, payload).await.is_ok());
    }
}

#[tokio::test]
async fn a_record_too_large_to_be_answered_is_for_methods_and_rust_code() {
    let (app, client, _) = library().await;
    let cx = app.app().system();
    let long = || Book::new("long", "x".repeat(MAX));
    cx.create(long()).await.unwrap();
    for action in ["get", "destroy"] {
        assert_eq!(
            reason(&client, action, json!("long")).await,
            "answer_too_large"
        );
    }
    assert_eq!(
        cx.get::<Book>(&"long".into()).await.unwrap().text,
        long().text
    );
    let shorter = json!({ "id": "long", "bytes": 1 });
    assert!(client.call("book", "write", shorter).await.is_ok());
    assert!(client.call("book", "get", json!("long")).await.is_ok());
}

#[tokio::test]
async fn a_page_is_cut_long_before_it_is_too_large() {
    let (app, client, _) = library().await;
    let cx = app.app().system();
    for place in 0..20 {
        let book = Book::new(&format!("b{place:02}"), "x".repeat(200));
        cx.create(book).await.unwrap();
    }
    let mut query = json!({});
    let mut seen = 0;
    loop {
        let page = client.call("book", "all", query.clone()).await;
        seen += page.result().as_array().unwrap().len();
        match page.meta().get("next") {
            Some(next) => query["$after"] = next.clone(),
            None => break,
        }
    }
    assert_eq!(seen, 21);
}
