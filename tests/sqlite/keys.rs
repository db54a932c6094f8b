//! What SQLite itself knows of parents: foreign keys, for whoever writes to the file from elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::AppBuilder;
use sockful::prelude::*;
use sockful::store::rusqlite::{Connection, Error};
use sockful::testing::{TestApp, TestClient};

use super::{Database, stranger};

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Album {
    id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Album)]
struct Song {
    id: String,
    #[resource(parent)]
    album_id: String,
    title: String,
}

/// A song before it had a parent.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "song")]
struct LooseSong {
    id: String,
    #[resource(index)]
    album_id: String,
    title: String,
}

/// A song before it even had the field.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "song")]
struct BareSong {
    id: String,
    title: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "song", parent = Album)]
struct MaybeSong {
    id: String,
    #[resource(parent, child = "tune", children = "tunes")]
    album_id: Option<String>,
    title: String,
}

/// An album whose id and table have other names.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "album", table = "records")]
struct RenamedAlbum {
    #[resource(id, renamed_from = "id")]
    code: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "song", parent = RenamedAlbum)]
struct SongOfRenamed {
    id: String,
    #[resource(parent)]
    album_id: String,
    title: String,
}

fn music(app: AppBuilder) -> AppBuilder {
    app.resource::<Song>().resource::<Album>()
}

async fn client(
    database: &Database,
    migrations: &[(&str, &str)],
    resources: impl FnOnce(AppBuilder) -> AppBuilder,
) -> TestClient {
    let builder = database.builder().migrations(migrations.iter().copied());
    let store = builder.open().expect("the database opens");
    let app = resources(App::builder().store(store));
    TestApp::new(app.build().await.expect("an app")).anonymous()
}

/// One album, with one song where there are songs.
async fn filled(client: &TestClient) {
    client
        .call("album", "create", json!({ "id": "Ill" }))
        .await
        .result();
    client
        .call("song", "create", song("Sure Shot"))
        .await
        .result();
}

fn song(id: &str) -> Value {
    json!({ "id": id, "album_id": "Ill", "title": "" })
}

/// Another program, which wants references to be checked, as many do not.
fn checking(database: &Database) -> Connection {
    let stranger = stranger(database.file("app.db"));
    stranger.pragma_update(None, "foreign_keys", true).unwrap();
    stranger
}

fn careless(database: &Database) -> Connection {
    let stranger = stranger(database.file("app.db"));
    stranger.pragma_update(None, "foreign_keys", false).unwrap();
    stranger
}

#[track_caller]
fn is_refused(done: Result<usize, Error>) {
    let error = done.expect_err("the database refuses it").to_string();
    assert_eq!(error, "FOREIGN KEY constraint failed");
}

const ORPHAN: &str =
    "INSERT INTO song (id, album_id, title, sockful_rev) VALUES ('x', 'nowhere', '', 0)";

#[tokio::test]
async fn the_database_itself_refuses_orphans_and_the_end_of_parents() {
    let database = Database::new();
    filled(&client(&database, &[], music).await).await;
    let stranger = checking(&database);
    is_refused(stranger.execute(ORPHAN, []));
    is_refused(stranger.execute("UPDATE song SET album_id = 'nowhere'", []));
    is_refused(stranger.execute("DELETE FROM album", []));
    assert_eq!(stranger.execute("DELETE FROM song", []), Ok(1));
    assert_eq!(stranger.execute("DELETE FROM album", []), Ok(1));
}

#[tokio::test]
async fn children_of_a_parent_are_found_by_an_index() {
    let database = Database::new();
    let _client = client(&database, &[], music).await;
    let stranger = stranger(database.file("app.db"));
    let plan = "EXPLAIN QUERY PLAN SELECT id FROM song WHERE album_id = 'Ill'";
    let plan: String = stranger.query_row(plan, [], |row| row.get(3)).unwrap();
    assert!(plan.contains("song.album_id.index"), "{plan}");
}

#[tokio::test]
async fn a_table_that_stood_without_a_key_keeps_none() {
    let database = Database::new();
    filled(
        &client(&database, &[], |it| {
            it.resource::<LooseSong>().resource::<Album>()
        })
        .await,
    )
    .await;
    let client = client(&database, &[], music).await;
    assert_eq!(checking(&database).execute(ORPHAN, []), Ok(1));
    // What is written through the app is checked all the same.
    let orphan = json!({ "id": "y", "album_id": "nowhere", "title": "" });
    let refused = client.call("song", "create", orphan).await;
    assert_eq!(refused.error()["reason"], "no_parent");
}

#[tokio::test]
async fn a_column_that_is_new_has_its_key() {
    let database = Database::new();
    let bare = client(&database, &[], |it| {
        it.resource::<BareSong>().resource::<Album>()
    })
    .await;
    filled_bare(&bare).await;
    let client = client(&database, &[], |it| {
        it.resource::<MaybeSong>().resource::<Album>()
    })
    .await;
    is_refused(checking(&database).execute(ORPHAN, []));
    let moved = json!({ "id": "Sure Shot", "album_id": "Ill" });
    client.call("song", "update", moved).await.result();
    is_refused(checking(&database).execute("DELETE FROM album", []));
}

async fn filled_bare(client: &TestClient) {
    client
        .call("album", "create", json!({ "id": "Ill" }))
        .await
        .result();
    let song = json!({ "id": "Sure Shot", "title": "" });
    client.call("song", "create", song).await.result();
}

#[tokio::test]
async fn a_key_whose_word_is_gone_stays_and_is_no_secret_of_the_database() {
    let database = Database::new();
    filled(&client(&database, &[], music).await).await;
    let client = client(&database, &[], |it| {
        it.resource::<LooseSong>().resource::<Album>()
    })
    .await;
    let orphan = json!({ "id": "y", "album_id": "nowhere", "title": "" });
    for (resource, action, payload) in [
        ("song", "create", orphan),
        ("album", "destroy", json!("Ill")),
    ] {
        let refused = client.call(resource, action, payload).await;
        let error = refused.error();
        assert_eq!(
            [&error["code"], &error["reason"]],
            [&json!(409), &json!("dangling")]
        );
        let text = error.to_string().to_lowercase();
        assert!(
            !text.contains("foreign") && !text.contains("constraint"),
            "{text}"
        );
    }
    // The next start has nothing to do either, and what the key allows is done.
    client
        .call("song", "destroy", json!("Sure Shot"))
        .await
        .result();
    client.call("album", "destroy", json!("Ill")).await.result();
}

#[tokio::test]
async fn a_parent_may_have_its_table_and_its_id_renamed() {
    let database = Database::new();
    filled(&client(&database, &[], music).await).await;
    let renamed = [(
        "0001_records",
        "-- sockful: only if album exists\nALTER TABLE album RENAME TO records;",
    )];
    let client = client(&database, &renamed, |it| {
        it.resource::<SongOfRenamed>().resource::<RenamedAlbum>()
    })
    .await;
    let stranger = checking(&database);
    is_refused(stranger.execute(ORPHAN, []));
    is_refused(stranger.execute("DELETE FROM records", []));
    client
        .call("song", "create", song("Root Down"))
        .await
        .result();
    client.call("album", "destroy", json!("Ill")).await.result();
    let left = client.call("song", "count", json!({})).await;
    assert_eq!(*left.result(), json!(0));
}

#[tokio::test]
async fn a_parent_may_have_its_table_made_anew() {
    let database = Database::new();
    filled(&client(&database, &[], music).await).await;
    let anew = [(
        "0001_anew",
        "-- sockful: only if album exists\n\
         CREATE TABLE anew (id TEXT NOT NULL PRIMARY KEY, sockful_rev INTEGER NOT NULL) STRICT, WITHOUT ROWID;\n\
         INSERT INTO anew SELECT id, sockful_rev FROM album;\n\
         DROP TABLE album;\n\
         ALTER TABLE anew RENAME TO album;",
    )];
    let client = client(&database, &anew, music).await;
    let stranger = checking(&database);
    is_refused(stranger.execute(ORPHAN, []));
    is_refused(stranger.execute("DELETE FROM album", []));
    client
        .call("song", "create", song("Root Down"))
        .await
        .result();
}

#[tokio::test]
async fn a_record_whose_parent_another_program_has_taken_away_can_be_mended() {
    let database = Database::new();
    let client = client(&database, &[], music).await;
    filled(&client).await;
    careless(&database)
        .execute("DELETE FROM album", [])
        .unwrap();
    let retitled = json!({ "id": "Sure Shot", "title": "new" });
    client.call("song", "update", retitled).await.result();
    client
        .call("album", "create", json!({ "id": "Some Old Bullshit" }))
        .await
        .result();
    let moved = json!({ "id": "Sure Shot", "album_id": "Some Old Bullshit" });
    client.call("song", "update", moved).await.result();
}

#[tokio::test]
async fn a_table_of_another_program_that_refers_to_records_keeps_them() {
    for action in ["RESTRICT", "NO ACTION"] {
        let database = Database::new();
        let client = client(&database, &[], music).await;
        filled(&client).await;
        let sale = format!(
            "CREATE TABLE sale (album TEXT REFERENCES album(id) ON DELETE {action});
             INSERT INTO sale VALUES ('Ill');"
        );
        checking(&database).execute_batch(&sale).unwrap();
        let refused = client.call("album", "destroy", json!("Ill")).await;
        assert_eq!(refused.error()["reason"], "dangling", "{action}");
        let songs = client.call("song", "count", json!({})).await;
        assert_eq!(*songs.result(), json!(1));
    }
}

#[tokio::test]
async fn what_another_program_has_broken_does_not_stop_a_migration() {
    let database = Database::new();
    filled(&client(&database, &[], music).await).await;
    careless(&database)
        .execute("DELETE FROM album", [])
        .unwrap();
    let harmless = [("0001_index", "CREATE INDEX titles ON song (title);")];
    let client = client(&database, &harmless, music).await;
    let songs = client.call("song", "count", json!({})).await;
    assert_eq!(*songs.result(), json!(1));
}

#[tokio::test]
async fn a_migration_mends_a_reference_that_is_wrong_in_itself() {
    let database = Database::new();
    filled(&client(&database, &[], music).await).await;
    // Nothing says that a rack has its name for itself, so SQLite does not take it for a parent.
    let racks = "CREATE TABLE rack (name TEXT); INSERT INTO rack VALUES ('left');
                 CREATE TABLE disc (rack TEXT REFERENCES rack(name)); INSERT INTO disc VALUES ('left');";
    careless(&database).execute_batch(racks).unwrap();
    let unique = [("0001_racks", "CREATE UNIQUE INDEX racks ON rack (name);")];
    let client = client(&database, &unique, music).await;
    let songs = client.call("song", "count", json!({})).await;
    assert_eq!(*songs.result(), json!(1));
}
