//! From what is told who comes back: from memory, or from the log, also of a server that was started anew.

use sockful::{Memory, Sqlite};

use super::*;
use crate::support::folder::Folder;

#[tokio::test]
async fn what_happened_before_the_server_has_begun_is_told_from_the_log() {
    let folder = Folder::new("resume");
    let path = folder.path().join("app.db");
    let open = async || {
        let store = Sqlite::open(&path).expect("a database");
        House::on(store, |_| {}, |app| app).await
    };
    let house = open().await;
    house.card("a", 1).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    ann.disconnect().await;
    house.card("b", 1).await;
    house.app.app().shutdown().await;
    drop(house);
    let house = open().await;
    // Nobody has watched anything here so far.
    house.resizes("a", 5).await;
    let has = resume(&watched, &[sub("card", &all(), &watched)]);
    let (ann, told) = comes_back(&house, &has).await;
    let outcome = &told["subs"][0];
    assert_eq!(
        (&outcome["outcome"], &outcome["n"]),
        (&json!("replayed"), &json!(2)),
        "{told}"
    );
    house.card("c", 1).await;
    assert_eq!(house.brief(&ann).await, ["enter b", "update a", "enter c"]);
}

#[tokio::test]
async fn a_store_that_forgets_is_another_life_after_a_restart() {
    let house = House::on(Memory::new(), |_| {}, |app| app).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    let house = House::on(Memory::new(), |_| {}, |app| app).await;
    house.card("new", 1).await;
    let has = resume(&watched, &[sub("card", &all(), &watched)]);
    let (_ann, told) = comes_back(&house, &has).await;
    assert_eq!(told["subs"][0]["outcome"], "reset");
    assert_eq!(told["subs"][0]["records"][0]["id"], "new");
    assert_ne!(told["epoch"], watched.meta()["epoch"]);
}

#[tokio::test]
async fn who_has_missed_more_than_is_gone_through_begins_anew() {
    let house = House::with(|config| config.max_replay = 5, |app| app).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    ann.disconnect().await;
    for id in ["a", "b", "c", "d", "e", "f", "g"] {
        house.card(id, 1).await;
    }
    let has = resume(&watched, &[sub("card", &all(), &watched)]);
    let (_ann, told) = comes_back(&house, &has).await;
    assert_eq!(told["subs"][0]["outcome"], "reset");
    let records = told["subs"][0]["records"].as_array();
    assert_eq!(records.map(Vec::len), Some(7));
}

#[tokio::test(start_paused = true)]
async fn what_happened_while_nobody_watched_is_told_from_the_log() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    ann.disconnect().await;
    house.card("before", 1).await;
    // For so long that nobody listens any more.
    tokio::time::sleep(std::time::Duration::from_secs(400)).await;
    house.card("asleep", 1).await;
    let has = resume(&watched, &[sub("card", &all(), &watched)]);
    let (ann, told) = comes_back(&house, &has).await;
    assert_eq!(told["subs"][0]["n"], 2, "{told}");
    house.card("after", 1).await;
    assert_eq!(
        house.brief(&ann).await,
        ["enter before", "enter asleep", "enter after"]
    );
}

/// A resource, and the same after somebody has added a field.
mod tile {
    pub(super) mod before {
        use schemars::JsonSchema;
        use serde::{Deserialize, Serialize};
        use sockful::prelude::*;

        #[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(access = public)]
        pub(in super::super) struct Tile {
            pub(in super::super) id: String,
        }
    }

    pub(super) mod after {
        use schemars::JsonSchema;
        use serde::{Deserialize, Serialize};
        use sockful::prelude::*;

        #[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(access = public)]
        pub(in super::super) struct Tile {
            pub(in super::super) id: String,
            #[serde(default)]
            hue: u32,
        }
    }
}

#[tokio::test]
async fn who_comes_back_to_another_schema_begins_anew() {
    let folder = Folder::new("schema");
    let path = folder.path().join("app.db");
    let store = Sqlite::open(&path).expect("a database");
    let house = House::on(store, |_| {}, |app| app.resource::<tile::before::Tile>()).await;
    let ann = house.app.anonymous();
    ann.call("tile", "create", json!({ "id": "a" }))
        .await
        .result();
    let watched = ann.call("tile", "watch", all()).await;
    ann.disconnect().await;
    house.app.app().shutdown().await;
    drop(house);
    let store = Sqlite::open(&path).expect("a database");
    let house = House::on(store, |_| {}, |app| app.resource::<tile::after::Tile>()).await;
    let has = resume(&watched, &[sub("tile", &all(), &watched)]);
    let (_ann, told) = comes_back(&house, &has).await;
    assert_eq!(told["subs"][0]["outcome"], "reset", "{told}");
    assert_eq!(told["subs"][0]["records"], json!([{ "id": "a", "hue": 0 }]));
}
