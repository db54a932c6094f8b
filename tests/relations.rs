//! Parents and children: whose child a record is, what is reflected from that, and what becomes of children.

mod authority;
mod build;
mod deep;
mod destroyed;
mod each;
mod hooks;
mod hostile;
mod include;
mod parents;
mod reads;
mod reflected;
mod rust;
mod trees;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::AppBuilder;
use sockful::prelude::*;
use sockful::store::Store;
use sockful::testing::{TestApp, TestClient};

use crate::support;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Album {
    id: String,
    title: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Album)]
struct Song {
    id: Id<Self>,
    #[resource(parent)]
    album_id: String,
    title: String,
    #[serde(default)]
    track: u32,
}

/// Says something about a song, and may be by somebody.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Note {
    id: String,
    #[resource(parent = Song)]
    song_id: Id<Song>,
    #[resource(parent = Critic)]
    critic_id: Option<u64>,
    text: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Critic {
    id: u64,
    name: String,
}

/// What an album was given, which it then has for ever.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Prize {
    id: String,
    #[resource(parent = Album, on_destroy = restrict, child = "award")]
    won_by: String,
}

/// A folder in a folder.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Folder)]
struct Folder {
    id: String,
    #[resource(parent, on_destroy = cascade, children = "folders")]
    parent_id: Option<String>,
}

async fn music_with(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> TestApp {
    support::app(|app| parts(musical(app))).await
}

/// Music on a store of its own.
async fn music_on(store: impl Store) -> TestApp {
    let app = musical(App::builder().store(store)).build().await;
    TestApp::new(app.expect("music makes an app"))
}

fn musical(app: AppBuilder) -> AppBuilder {
    app.resource::<Song>()
        .resource::<Album>()
        .resource::<Note>()
        .resource::<Critic>()
        .resource::<Prize>()
        .resource::<Folder>()
}

async fn music() -> TestApp {
    music_with(|app| app).await
}

/// The id of a song that is made of its number.
fn song(number: u64) -> String {
    uuid::Uuid::from_u128(u128::from(number)).to_string()
}

/// An album with two songs, and a note about the first.
async fn ill(client: &TestClient) {
    made(
        client,
        "album",
        json!({ "id": "Ill", "title": "Ill Communication" }),
    )
    .await;
    for (number, title) in [(1, "Sure Shot"), (2, "Root Down")] {
        let record =
            json!({ "id": song(number), "album_id": "Ill", "title": title, "track": number });
        made(client, "song", record).await;
    }
    made(
        client,
        "note",
        json!({ "id": "n", "song_id": song(1), "text": "loud" }),
    )
    .await;
}

async fn made(client: &TestClient, resource: &str, record: Value) {
    client.call(resource, "create", record).await.result();
}

async fn count(client: &TestClient, resource: &str) -> Value {
    client
        .call(resource, "count", json!({}))
        .await
        .result()
        .clone()
}

/// The code and reason of the error that is answered.
async fn refused(client: &TestClient, resource: &str, action: &str, payload: Value) -> Value {
    let answer = client.call(resource, action, payload).await;
    let error = answer.error();
    json!([error["code"], error["reason"]])
}
