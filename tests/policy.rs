//! One rule for every way to a record: what a policy lets a caller read, create, update and destroy.

mod build;
mod dice;
mod followed;
mod matrix;
mod races;
mod random;
mod records;
mod rules;
mod turns;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use crate::support;

/// What is known of a caller: the user's key is the id.
#[derive(Debug)]
struct User {
    id: String,
    admin: bool,
}

/// A note that its owner may share.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote)]
#[policy(
    user = User,
    read(public || owner == user.id || readers.contains(&user.id) || user.admin),
    create(owner == user.id),
    update(owner == user.id || writer == user.id),
    destroy(owner == user.id)
)]
struct Note {
    id: String,
    #[resource(index)]
    owner: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    readers: BTreeSet<String>,
    #[serde(default)]
    writer: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    rating: u8,
}

#[remote]
impl Note {
    /// Changes the text, and the owner if one is given.
    #[remote]
    fn sign(&mut self, owner: Option<String>) -> String {
        self.text.push('!');
        self.owner = owner.unwrap_or_else(|| self.owner.clone());
        self.text.clone()
    }

    /// The same, and the caller must be able to change the note afterwards.
    #[remote(check_after)]
    fn hand_over(&mut self, owner: String) {
        self.owner = owner;
    }

    /// How long the text is.
    #[remote]
    fn length(&self) -> usize {
        self.text.len()
    }

    /// How many notes the caller may read.
    #[remote(read, access = public)]
    async fn readable(cx: &Cx) -> Result<u64> {
        cx.count(Self::query()).await
    }
}

/// An app in which everybody may be who they say; `root` is an admin.
async fn notes() -> TestApp {
    support::app(|app| {
        app.resource::<Note>().user(async |_cx: Cx, id: String| {
            let admin = id == "root";
            Ok(Some(User { id, admin }))
        })
    })
    .await
}

/// What everybody finds: a note of Ann, one that she has made public, and one that Bob may read.
async fn filled() -> TestApp {
    let app = notes().await;
    let ann = app.login("ann");
    for note in [
        json!({ "id": "secret", "owner": "ann" }),
        json!({ "id": "public", "owner": "ann", "public": true }),
        json!({ "id": "shared", "owner": "ann", "readers": ["bob"] }),
    ] {
        ann.call("note", "create", note).await.result();
    }
    app
}

/// The ids of records.
fn ids(records: &Value) -> Vec<&str> {
    let records = records.as_array().into_iter().flatten();
    records.filter_map(|record| record["id"].as_str()).collect()
}

/// Why this was refused.
async fn refusal(client: &TestClient, action: &str, payload: Value) -> Value {
    client.call("note", action, payload).await.error().clone()
}

/// What this was answered.
async fn result(client: &TestClient, action: &str, payload: Value) -> Value {
    client.call("note", action, payload).await.result().clone()
}
