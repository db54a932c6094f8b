//! Rules that follow a parent: what becomes of it becomes of the view of its children.

use std::sync::atomic::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;

use super::house::{User, heard};
use super::*;
use crate::support::counting::Counting;
use crate::support::store;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(public || team == user.team), write(true))]
struct Album {
    id: String,
    team: String,
    #[serde(default)]
    public: bool,
}

/// As visible as its album.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Album)]
#[policy(user = User, read(parent.read), write(true))]
struct Song {
    id: String,
    #[resource(parent, on_destroy = cascade)]
    album_id: String,
    #[serde(default)]
    title: String,
}

/// As visible as the album of its song.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Song)]
#[policy(user = User, read(parent.read), write(true))]
struct Verse {
    id: String,
    #[resource(parent, on_destroy = cascade)]
    song_id: String,
}

struct Music {
    house: House,
    system: TestClient,
    ann: TestClient,
}

impl Music {
    /// Ann is of the red team, and watches songs and verses. There is an album of each team with a song of one verse.
    async fn new() -> Self {
        let house = House::with(
            |config| config.max_push = 6,
            |app| {
                app.resource::<Album>()
                    .resource::<Song>()
                    .resource::<Verse>()
            },
        )
        .await;
        let cx = house.app.app().system();
        for team in ["red", "blue"] {
            let text = |what: &str| format!("{team} {what}");
            let album = Album {
                id: text("album"),
                team: team.to_owned(),
                public: false,
            };
            cx.create(album).await.unwrap();
            let song = Song {
                id: text("song"),
                album_id: text("album"),
                title: String::new(),
            };
            cx.create(song).await.unwrap();
            let verse = Verse {
                id: text("verse"),
                song_id: text("song"),
            };
            cx.create(verse).await.unwrap();
        }
        let ann = house.of_team("ann", "red").await;
        for resource in ["song", "verse"] {
            let watched = ann.call(resource, "watch", json!({})).await;
            let records = watched.result()["records"].as_array().unwrap();
            assert_eq!(records.len(), 1, "{records:?}");
        }
        let system = house.of_team("bob", "red").await;
        Self { house, system, ann }
    }

    /// Changes an album, whoever may read it.
    async fn album(&self, id: &str, change: impl Fn(&mut Album) + Send + Sync) {
        let cx = self.house.app.app().system();
        let id = id.to_owned();
        let changed = cx.update::<Album, _, _>(&id, change);
        changed.await.expect("an album");
    }

    async fn commit(&self, changes: Value) {
        let done = self
            .system
            .emit(&["sockful".into(), "commit".into(), changes]);
        done.await.result();
    }

    async fn told(&self) -> Vec<String> {
        let mut told = self.house.brief(&self.ann).await;
        told.sort();
        told
    }
}

#[tokio::test]
async fn what_is_below_a_parent_that_is_hidden_leaves_and_comes_back_with_it() {
    let music = Music::new().await;
    music
        .album("red album", |it| it.team = "blue".to_owned())
        .await;
    assert_eq!(music.told().await, ["leave red song", "leave red verse"]);
    let cx = music.house.app.app().system();
    let id = "red song".to_owned();
    let hidden = cx.update::<Song, _, _>(&id, |it| it.title = "hidden".to_owned());
    hidden.await.unwrap();
    assert_eq!(music.told().await, [""; 0]);
    music.album("red album", |it| it.public = true).await;
    let told = music.house.told(&music.ann).await;
    let mut brief = briefs(&told);
    brief.sort();
    assert_eq!(brief, ["enter red song", "enter red verse"]);
    let song = told.iter().find(|it| it[0] == "song").unwrap();
    assert_eq!(song[2]["title"], "hidden");
    music.album("blue album", |it| it.public = true).await;
    assert_eq!(music.told().await, ["enter blue song", "enter blue verse"]);
    // What changes of it nobody's rights depend on.
    music
        .album("blue album", |it| it.team = "green".to_owned())
        .await;
    assert_eq!(music.told().await, [""; 0]);
}

#[tokio::test]
async fn what_is_told_of_a_child_that_leaves_with_its_parent_is_its_id_alone() {
    let music = Music::new().await;
    music
        .album("red album", |it| it.team = "blue".to_owned())
        .await;
    for event in music.house.told(&music.ann).await {
        let record = event[2].as_object().unwrap();
        assert_eq!(record.keys().collect::<Vec<_>>(), ["id"]);
    }
}

#[tokio::test]
async fn what_is_below_a_parent_that_is_destroyed_leaves_with_it() {
    let music = Music::new().await;
    let cx = music.house.app.app().system();
    cx.destroy::<Album>(&"red album".to_owned()).await.unwrap();
    cx.destroy::<Album>(&"blue album".to_owned()).await.unwrap();
    assert_eq!(music.told().await, ["leave red song", "leave red verse"]);
}

#[tokio::test]
async fn a_child_that_moves_to_another_parent_is_seen_as_that_is() {
    let music = Music::new().await;
    let cx = music.house.app.app().system();
    let moves = async |song: &str, album: &str| {
        let song = song.to_owned();
        let moved = cx.update::<Song, _, _>(&song, |it| album.clone_into(&mut it.album_id));
        moved.await.unwrap();
    };
    moves("red song", "blue album").await;
    assert_eq!(music.told().await, ["leave red song", "leave red verse"]);
    moves("blue song", "red album").await;
    assert_eq!(music.told().await, ["enter blue song", "enter blue verse"]);
}

#[tokio::test]
async fn parent_and_child_in_one_transaction_are_judged_as_they_are_afterwards() {
    let music = Music::new().await;
    // Hidden, and changed so that only those may read it who see the album afterwards.
    music
        .commit(json!([
            ["song", "update", { "id": "red song", "title": "for blue" }],
            ["album", "update", { "id": "red album", "team": "blue" }],
        ]))
        .await;
    let told = music.house.told(&music.ann).await;
    let mut brief = briefs(&told);
    brief.sort();
    assert_eq!(brief, ["leave red song", "leave red verse"]);
    assert!(!told.iter().any(|it| it.to_string().contains("for blue")));
    // A whole tree that is new.
    music
        .commit(json!([
            ["album", "create", { "id": "a", "team": "red" }],
            ["song", "create", { "id": "s", "album_id": "a" }],
            ["verse", "create", { "id": "v", "song_id": "s" }],
        ]))
        .await;
    assert_eq!(music.told().await, ["enter s", "enter v"]);
    music
        .commit(json!([
            ["song", "create", { "id": "t", "album_id": "a" }],
            ["verse", "update", { "id": "v", "song_id": "t" }],
            ["song", "update", { "id": "s", "title": "for blue" }],
            ["album", "update", { "id": "a", "public": true }],
        ]))
        .await;
    assert_eq!(music.told().await, ["update s + enter t", "update v"]);
}

#[tokio::test]
async fn changes_that_follow_each_other_at_once_are_judged_one_by_one() {
    let music = Music::new().await;
    let cx = music.house.app.app().system();
    for number in 0..10 {
        // All of these are committed before the first of them has been judged.
        let shown = number % 2 == 1;
        let id = "red album".to_owned();
        let team = if shown { "red" } else { "blue" };
        let changed = cx.update::<Album, _, _>(&id, |it| team.clone_into(&mut it.team));
        changed.await.unwrap();
        let id = "red song".to_owned();
        let titled = cx.update::<Song, _, _>(&id, |it| it.title = format!("{number} {shown}"));
        titled.await.unwrap();
    }
    let told = music.house.told(&music.ann).await;
    let songs: Vec<_> = told.iter().filter(|it| it[0] == "song").collect();
    assert_eq!(songs.len(), 15, "{told:?}");
    // It comes with what it was called while it was hidden, and is never told of it then.
    for event in songs.into_iter().filter(|it| it[1] == "update") {
        assert!(!event.to_string().contains("false"), "{event}");
    }
}

#[tokio::test]
async fn more_children_than_are_told_at_once_are_to_be_read_anew() {
    let music = Music::new().await;
    let cx = music.house.app.app().system();
    for number in 0..7 {
        let song = Song {
            id: number.to_string(),
            album_id: "red album".to_owned(),
            title: String::new(),
        };
        cx.create(song).await.unwrap();
    }
    music.house.told(&music.ann).await;
    music
        .album("red album", |it| it.team = "blue".to_owned())
        .await;
    let told = music.told().await;
    assert!(told.contains(&"reset too_large".to_owned()), "{told:?}");
    assert!(!told.iter().any(|it| it.contains("leave 1")), "{told:?}");
}

/// How often the store is asked for one change of a song where so many clients watch songs, each those of another album.
async fn asked(watchers: usize) -> usize {
    let (store, asked) = Counting::new(store());
    let house = House::on(
        store,
        |_| {},
        |app| app.resource::<Album>().resource::<Song>(),
    )
    .await;
    let cx = house.app.app().system();
    let album = Album {
        id: "0".to_owned(),
        team: "red".to_owned(),
        public: true,
    };
    cx.create(album).await.unwrap();
    let song = Song {
        id: "song".to_owned(),
        album_id: "0".to_owned(),
        title: String::new(),
    };
    cx.create(song).await.unwrap();
    let mut clients = Vec::new();
    for number in 0..watchers {
        let client = house.app.anonymous();
        let query = json!({ "album_id": number.to_string() });
        client.call("song", "watch", query).await.result();
        clients.push(client);
    }
    house.holds((watchers, watchers)).await;
    // Whoever looks after the log asks from time to time: the fewest of some tries are those of the change.
    let mut fewest = usize::MAX;
    for turn in 0..5 {
        let before = asked.load(Ordering::SeqCst);
        let title = format!("{turn}");
        let id = "song".to_owned();
        let renamed = cx.update::<Song, _, _>(&id, |it| it.title.clone_from(&title));
        renamed.await.unwrap();
        assert_eq!(brief(&hears(&clients[0]).await), "update song");
        fewest = fewest.min(asked.load(Ordering::SeqCst) - before);
    }
    for client in &clients[1..] {
        assert_eq!(heard(client), None);
    }
    fewest
}

#[tokio::test]
async fn a_change_costs_no_more_where_many_watch_other_records() {
    assert_eq!(asked(1).await, asked(40).await);
}
