//! Rules that follow those of a parent: `read(album.read)`.

mod circle;
mod lists;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sockful::store::Store;
use sockful::{AppBuilder, HookedCall};

use super::*;
use crate::support::store;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(public || owner == user.id), write(owner == user.id))]
struct Album {
    id: String,
    owner: String,
    #[serde(default)]
    public: bool,
}

/// As visible as its album, and changed by whoever may change that.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote, parent = Album)]
#[policy(user = User, read(parent.read), write(parent.update))]
struct Song {
    id: String,
    #[resource(parent)]
    album_id: String,
    #[serde(default)]
    title: String,
}

#[remote]
impl Song {
    #[remote]
    fn length(&self) -> usize {
        self.title.len()
    }

    #[remote]
    fn shout(&mut self) {
        self.title.push('!');
    }

    /// To any album that the caller sees.
    #[remote]
    fn give(&mut self, album: String) {
        self.album_id = album;
    }

    /// To one that the caller may change as well.
    #[remote(check_after)]
    fn sort_in(&mut self, album: String) {
        self.album_id = album;
    }
}

/// About a song, or about nothing; its author sees it always.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(
    user = User,
    read(song.read || author == user.id),
    create(author == user.id && (!hidden || song.read)),
    update(song.update),
    destroy(author == user.id),
)]
struct Remark {
    id: String,
    author: String,
    #[serde(default)]
    hidden: bool,
    #[resource(parent = Song)]
    song_id: Option<String>,
}

/// Of a parent that everybody may see, and of one that users may.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(room.read), write(desk.update))]
struct Chair {
    id: String,
    #[resource(parent = Room)]
    room_id: Option<String>,
    #[resource(parent = Desk)]
    desk_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Room {
    id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated)]
struct Desk {
    id: String,
}

async fn filled_on(store: impl Store) -> TestApp {
    music_with(store, |app| app).await
}

/// The same with more parts.
async fn music_with(store: impl Store, parts: impl FnOnce(AppBuilder) -> AppBuilder) -> TestApp {
    let app = App::builder()
        .store(store)
        .resource::<Album>()
        .resource::<Song>()
        .resource::<Remark>()
        .resource::<Room>()
        .resource::<Desk>()
        .resource::<Chair>();
    let app = app.user(async |_: Cx, id: String| {
        let admin = false;
        Ok(Some(User { id, admin }))
    });
    let app = parts(app).build().await;
    let app = TestApp::new(app.expect("music makes an app"));
    fill(&app).await;
    app
}

/// Ann's albums `open` and `shut`, Bob's `his`, with a song of the same name in each, and Doug's remark about each song.
async fn music() -> TestApp {
    filled_on(store()).await
}

async fn fill(app: &TestApp) {
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    for (client, id, owner, public) in [
        (&ann, "open", "ann", true),
        (&ann, "shut", "ann", false),
        (&bob, "his", "bob", false),
    ] {
        let album = json!({ "id": id, "owner": owner, "public": public });
        client.call("album", "create", album).await.result();
        let song = json!({ "id": id, "album_id": id, "title": id });
        client.call("song", "create", song).await.result();
        let remark = Remark {
            id: id.to_owned(),
            author: "doug".to_owned(),
            hidden: false,
            song_id: Some(id.to_owned()),
        };
        app.app().system().create(remark).await.unwrap();
    }
}

async fn found(client: &TestClient, resource: &str, query: Value) -> String {
    let found = client.call(resource, "all", query.clone()).await;
    let ids = ids(found.result()).join(" ");
    let count = client.call(resource, "count", query).await;
    assert_eq!(*count.result(), ids.split_whitespace().count());
    ids
}

async fn refused(client: &TestClient, resource: &str, action: &str, payload: Value) -> Value {
    let answer = client.call(resource, action, payload).await;
    let error = answer.error();
    json!([error["code"], error["reason"]])
}

#[tokio::test]
async fn a_record_is_as_visible_as_its_parent() {
    let app = music().await;
    for (client, seen, hidden) in [
        (app.anonymous(), "open", "his shut"),
        (app.login("ann"), "open shut", "his"),
        (app.login("bob"), "his open", "shut"),
    ] {
        for resource in ["song", "remark"] {
            assert_eq!(found(&client, resource, json!({})).await, seen);
            let asked = json!({ "id": { "$nin": ["open"] } });
            let without = seen.replace("open", "");
            assert_eq!(found(&client, resource, asked).await, without.trim());
            for id in seen.split(' ') {
                let got = client.call(resource, "get", json!(id)).await;
                assert_eq!(got.result()["id"], id);
            }
            let missing = client.call(resource, "get", json!("missing")).await;
            for id in hidden.split(' ') {
                let got = client.call(resource, "get", json!(id)).await;
                assert_eq!(got.error(), missing.error());
            }
        }
        let length = client.call("song", "length", json!({ "id": "open" })).await;
        assert_eq!(*length.result(), 4);
        assert_eq!(
            refused(
                &client,
                "song",
                "length",
                json!({ "id": hidden.split(' ').next() })
            )
            .await,
            json!([404, "not_found"])
        );
    }
}

#[tokio::test]
async fn what_happens_to_a_parent_counts_at_once() {
    let app = music().await;
    let (ann, anyone) = (app.login("ann"), app.anonymous());
    let album = json!({ "id": "shut", "public": true });
    ann.call("album", "update", album).await.result();
    assert_eq!(found(&anyone, "song", json!({})).await, "open shut");
    assert_eq!(found(&anyone, "remark", json!({})).await, "open shut");
    let album = json!({ "id": "open", "public": false });
    ann.call("album", "update", album).await.result();
    assert_eq!(found(&anyone, "song", json!({})).await, "shut");
    assert_eq!(
        refused(&anyone, "remark", "get", json!("open")).await,
        json!([404, "not_found"])
    );
}

#[tokio::test]
async fn a_record_is_changed_by_whoever_may_change_its_parent() {
    let app = music().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let new = |album: &str| json!({ "id": "new", "album_id": album });
    for (payload, action) in [
        (new("open"), "create"),
        (json!({ "id": "open", "title": "mine" }), "update"),
        (json!({ "id": "open", "album_id": "open" }), "replace"),
        (json!("open"), "destroy"),
        (json!({ "id": "open" }), "shout"),
        // From one's own to another's.
        (json!({ "id": "his", "album_id": "open" }), "update"),
    ] {
        assert_eq!(
            refused(&bob, "song", action, payload).await,
            json!([403, "policy"]),
            "{action}"
        );
    }
    // What nobody sees is not there, whoever may change it.
    for album in ["shut", "missing"] {
        assert_eq!(
            refused(&bob, "song", "create", new(album)).await,
            json!([404, "no_parent"])
        );
        let moved = json!({ "id": "his", "album_id": album });
        assert_eq!(
            refused(&bob, "song", "update", moved).await,
            json!([404, "no_parent"])
        );
    }
    let title = json!({ "id": "open", "title": "hers" });
    ann.call("song", "update", title).await.result();
    ann.call("song", "shout", json!({ "id": "open" }))
        .await
        .result();
    let moved = json!({ "id": "open", "album_id": "shut" });
    let song = ann.call("song", "update", moved).await;
    assert_eq!(song.result()["title"], "hers!");
    ann.call("song", "destroy", json!("open")).await.result();
    bob.call("song", "create", new("his")).await.result();
}

#[tokio::test]
async fn a_method_moves_a_record_where_its_rule_lets_it() {
    let app = music().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let to = |album: &str| json!({ "id": "his", "album": album });
    for method in ["give", "sort_in"] {
        assert_eq!(
            refused(&bob, "song", method, to("shut")).await,
            json!([404, "no_parent"])
        );
        assert_eq!(
            refused(&ann, "song", method, to("open")).await,
            json!([404, "not_found"])
        );
    }
    assert_eq!(
        refused(&bob, "song", "sort_in", to("open")).await,
        json!([403, "policy"])
    );
    bob.call("song", "give", to("open")).await.result();
    assert_eq!(
        refused(&bob, "song", "give", to("his")).await,
        json!([403, "policy"])
    );
    ann.call("song", "sort_in", json!({ "id": "his", "album": "shut" }))
        .await
        .result();
    assert_eq!(found(&bob, "song", json!({})).await, "open");
}

#[tokio::test]
async fn without_a_parent_there_is_no_rule_to_follow() {
    let app = music().await;
    let (eve, anyone) = (app.login("eve"), app.anonymous());
    let remark = |id: &str, hidden: bool, song: Value| json!({ "id": id, "author": "eve", "song_id": song, "hidden": hidden });
    let alone = remark("alone", false, Value::Null);
    eve.call("remark", "create", alone).await.result();
    // `!hidden || song.read`
    assert_eq!(
        refused(&eve, "remark", "create", remark("not", true, Value::Null)).await,
        json!([403, "policy"])
    );
    let about = remark("about", true, json!("open"));
    eve.call("remark", "create", about).await.result();
    assert_eq!(found(&eve, "remark", json!({})).await, "about alone open");
    assert_eq!(found(&anyone, "remark", json!({})).await, "about open");
    let change = json!({ "id": "alone", "hidden": true });
    assert_eq!(
        refused(&eve, "remark", "update", change).await,
        json!([403, "policy"])
    );
}

#[tokio::test]
async fn within_a_changeset_a_parent_counts_as_it_is_left() {
    let app = music().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let new = json!([
        ["album", "create", { "id": "new", "owner": "ann" }],
        ["song", "create", { "id": "new", "album_id": "new" }],
    ]);
    ann.call("sockful", "commit", new).await.result();
    assert_eq!(found(&ann, "song", json!({})).await, "new open shut");
    assert_eq!(found(&bob, "song", json!({})).await, "his open");
    // Given away, it is no more hers.
    let late = json!([
        ["album", "update", { "id": "open", "owner": "bob" }],
        ["song", "update", { "id": "open", "title": "late" }],
    ]);
    app.app()
        .system()
        .update(&"open".to_owned(), |album: &mut Album| album.public = true)
        .await
        .unwrap();
    let refused = ann.call("sockful", "commit", late).await;
    assert_eq!(refused.error()["code"], 403);
}

#[tokio::test]
async fn of_a_parent_without_a_policy_its_access_is_followed() {
    let app = music().await;
    let (ann, anyone, system) = (app.login("ann"), app.anonymous(), app.app().system());
    let id = || "1".to_owned();
    system.create(Room { id: id() }).await.unwrap();
    system.create(Desk { id: id() }).await.unwrap();
    let chair = |room: Value, desk: Value| json!({ "id": "1", "room_id": room, "desk_id": desk });
    assert_eq!(
        refused(&ann, "chair", "create", chair(json!("1"), Value::Null)).await,
        json!([403, "policy"])
    );
    let whole = chair(json!("1"), json!("1"));
    assert_eq!(
        refused(&anyone, "chair", "create", whole.clone()).await,
        json!([403, "policy"])
    );
    ann.call("chair", "create", whole).await.result();
    assert_eq!(found(&anyone, "chair", json!({})).await, "1");
    let away = json!({ "id": "1", "room_id": null });
    let answer = ann.call("chair", "update", away).await;
    // Changed, and then not shown.
    assert_eq!(*answer.result(), Value::Null);
    assert_eq!(found(&anyone, "chair", json!({})).await, "");
}

/// While the song is being written, its album is given to somebody else.
#[tokio::test]
async fn a_write_rests_on_the_parent_that_has_allowed_it() {
    let given = Arc::new(AtomicBool::new(false));
    let give = Arc::clone(&given);
    let app = music_with(store(), |app| {
        app.before("song.update", move |cx: Cx, _: HookedCall| {
            let give = Arc::clone(&give);
            async move {
                if !give.swap(true, Ordering::SeqCst) {
                    let system = cx.app().system();
                    let give = |album: &mut Album| album.owner = "bob".to_owned();
                    system.update(&"shut".to_owned(), give).await?;
                }
                Ok(())
            }
        })
    })
    .await;
    let title = json!({ "id": "shut", "title": "hers" });
    assert_eq!(
        refused(&app.login("ann"), "song", "update", title).await,
        json!([404, "not_found"])
    );
    assert!(given.load(Ordering::SeqCst));
    let song = app.login("bob").call("song", "get", json!("shut")).await;
    assert_eq!(song.result()["title"], "shut");
}
