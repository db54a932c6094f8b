//! The built-in actions: what each promises, whatever the resource.

mod change;
mod create;
mod options;
mod read;
mod unique;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestApp;
use uuid::Uuid;

use crate::support;

/// A record with every kind of field that the actions treat in a way of its own.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Item {
    id: String,
    name: String,
    #[serde(default = "blue")]
    colour: String,
    #[serde(default)]
    amount: u32,
    note: Option<String>,
    #[serde(default)]
    place: Place,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    cost: Option<u64>,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Place {
    x: i32,
    #[serde(default)]
    y: i32,
}

#[remote]
impl Item {
    #[remote]
    fn add(&mut self, amount: u32) -> u32 {
        self.amount += amount;
        self.amount
    }

    /// Never ends.
    #[remote]
    async fn wait(&mut self) {
        self.amount = 999;
        std::future::pending::<()>().await;
    }
}

fn blue() -> String {
    "blue".into()
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Signed {
    id: i64,
    #[serde(default)]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Unsigned {
    id: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Plain {
    id: Uuid,
    #[serde(default)]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Typed {
    id: Id<Self>,
    #[serde(default)]
    name: String,
}

/// Only the server chooses its ids.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Numbered {
    #[resource(id = server)]
    id: Id<Self>,
    name: String,
}

/// Its id has another name, and another one on the wire.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
#[serde(rename_all = "camelCase")]
struct Book {
    #[resource(id)]
    book_number: String,
    name: String,
}

/// An app with all of these.
async fn app() -> TestApp {
    let all = support::app(|app| {
        app.resource::<Item>()
            .resource::<Signed>()
            .resource::<Unsigned>()
            .resource::<Plain>()
            .resource::<Typed>()
            .resource::<Numbered>()
            .resource::<Book>()
    });
    all.await
}

/// An item as clients see it.
fn item(id: &str, name: &str) -> Value {
    json!({
        "id": id, "name": name, "colour": "blue", "amount": 0, "note": null, "place": { "x": 0, "y": 0 }
    })
}
