//! What relations tell those who may not know of a relative: nothing, on any path.
//!
//! A caller is answered the same of what is hidden and of what is not there, to the byte; and the same of a record that has hidden
//! relatives and of one that has none.

mod children;
mod destroyed;
mod from_rust;
mod parents;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::support::counting::Counting;
use crate::support::store;

/// What is known of a caller.
#[derive(Debug)]
struct User {
    key: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote)]
#[policy(user = User, read(open || owner == user.key), write(true))]
struct Shelf {
    id: String,
    owner: String,
    open: bool,
    #[serde(default)]
    dust: u32,
}

/// Goes with its shelf.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Shelf)]
#[policy(user = User, read(open || owner == user.key), write(true))]
struct Book {
    id: String,
    #[resource(parent)]
    shelf_id: String,
    owner: String,
    open: bool,
}

/// Goes with its book.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Book)]
#[policy(user = User, read(open || owner == user.key), write(true))]
struct Remark {
    id: String,
    #[resource(parent)]
    book_id: String,
    owner: String,
    open: bool,
}

/// Outlives its shelf.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Shelf)]
#[policy(user = User, read(open || owner == user.key), write(true))]
struct Ladder {
    id: String,
    #[resource(parent, on_destroy = detach)]
    shelf_id: Option<String>,
    owner: String,
    open: bool,
}

/// Keeps a shelf, or a book, from going.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(open || owner == user.key), write(true))]
struct Lock {
    id: String,
    #[resource(parent = Shelf, on_destroy = restrict)]
    shelf_id: Option<String>,
    #[resource(parent = Book, on_destroy = restrict)]
    book_id: Option<String>,
    owner: String,
    open: bool,
}

#[remote]
impl Shelf {
    #[remote]
    fn look(&self) -> u32 {
        self.dust
    }

    #[remote]
    fn gather(&mut self) {
        self.dust += 1;
    }

    /// How many books the caller finds on it.
    #[remote]
    async fn books_seen(&self, cx: &Cx) -> Result<usize> {
        Ok(self.books(cx).await?.len())
    }
}

/// An app of zoe's things, and who asks for them.
struct Library {
    app: TestApp,
    zoe: TestClient,
    asked: Arc<AtomicUsize>,
}

impl Library {
    /// With the shelf `seen`, which everybody sees.
    async fn new() -> Self {
        Self::with(sockful::Config::default()).await
    }

    async fn with(config: sockful::Config) -> Self {
        let (counting, asked) = Counting::new(store());
        let app = App::builder()
            .store(counting)
            .config(config)
            .user(async |_: Cx, key: String| Ok(Some(User { key })))
            .resource::<Shelf>()
            .resource::<Book>()
            .resource::<Remark>()
            .resource::<Ladder>()
            .resource::<Lock>();
        let app = TestApp::new(app.build().await.expect("a library makes an app"));
        let zoe = app.login("zoe");
        let library = Self { app, zoe, asked };
        library.make("shelf", open(json!({ "id": "seen" }))).await;
        library
    }

    /// Makes something of zoe's.
    async fn make(&self, resource: &str, record: Value) {
        made(&self.zoe, resource, record).await;
    }

    /// Somebody else, and somebody who has not logged in.
    fn strangers(&self) -> [TestClient; 2] {
        [self.app.login("sam"), self.app.anonymous()]
    }

    /// The arguments of the answer, and how often the store was asked for it.
    async fn ask(&self, client: &TestClient, request: &Request) -> (Value, usize) {
        let before = self.asked.load(Ordering::SeqCst);
        let answer = client.emit(request).await;
        let asked = self.asked.load(Ordering::SeqCst) - before;
        (answer.to_json(), asked)
    }

    /// The ids of what there is of a resource, in their order.
    async fn ids(&self, resource: &str) -> Vec<String> {
        let answer = self.zoe.call(resource, "all", json!({})).await;
        ids(answer.result())
    }
}

/// Resource, action, payload, and perhaps options.
type Request = Vec<Value>;

/// A list of them, as it is written in JSON.
fn requests(list: Value) -> Vec<Request> {
    serde_json::from_value(list).expect("a list of requests")
}

/// Of zoe's, and for everybody to see.
fn open(record: Value) -> Value {
    owned(record, true)
}

/// Of zoe's, and for nobody else to see.
fn closed(record: Value) -> Value {
    owned(record, false)
}

fn owned(mut record: Value, open: bool) -> Value {
    record["owner"] = "zoe".into();
    record["open"] = open.into();
    record
}

fn ids(records: &Value) -> Vec<String> {
    let records = records.as_array().expect("a list").iter();
    let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
    records.map(id).collect()
}
