//! A struct changes; its records, and what the log says of them, stay readable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::store::Store;
use sockful::{Record, Resource, Value};

use super::{Database, Note, stranger};

/// A note, some time later: with a field that is new and one that has a default, without its text.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct LaterNote {
    #[serde(default = "seven")]
    weight: i64,
    id: String,
    #[resource(index)]
    colour: Option<String>,
    #[serde(default)]
    text: String,
}

fn seven() -> i64 {
    7
}

/// A note whose text has become something else.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct CountedNote {
    id: String,
    text: i64,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct ListedNote {
    id: String,
    text: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct VagueNote {
    id: String,
    text: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct StrictNote {
    id: String,
    text: String,
    weight: i64,
}

pub(super) async fn build<R: Resource + Record>(store: Sqlite) -> Result<App, String> {
    let app = App::builder().store(store).resource::<R>().build().await;
    app.map_err(|error| error.problems().collect::<Vec<_>>().join("\n"))
}

/// A database in which somebody has kept one note.
async fn kept() -> Database {
    let database = Database::new();
    let (app, _) = database.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    database
}

#[tokio::test]
async fn a_new_field_is_added_and_has_its_default() {
    let database = kept().await;
    let app = build::<LaterNote>(database.builder().open().unwrap())
        .await
        .unwrap();
    let cx = app.system();
    let note = cx.get::<LaterNote>(&"a".into()).await.unwrap();
    assert_eq!(
        (note.weight, note.colour, &*note.text),
        (7, None, "about a")
    );
    cx.update::<LaterNote, _, _>(&"a".into(), |note| note.colour = Some("red".into()))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_log_tells_of_older_rows_in_the_fields_of_today() {
    let database = kept().await;
    {
        let (app, _) = database.notes().await;
        let cx = app.system();
        cx.update::<Note, _, _>(&"a".into(), |note| note.text = "new".into())
            .await
            .unwrap();
        cx.destroy::<Note>(&"a".into()).await.unwrap();
    }
    let store = database.builder().open().unwrap();
    let _app = build::<LaterNote>(store.clone()).await.unwrap();
    let entries = store.since(0, 10).await.unwrap();
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| {
            let change = &entry.changes[0];
            let values = |row: &Option<sockful::Row>| row.as_ref().map(|it| it.values().to_vec());
            (values(&change.old), values(&change.new))
        })
        .collect();
    let row = |text: &str| {
        let text = Value::Text(text.into());
        Some(vec![
            Value::Int(7),
            Value::Text("a".into()),
            Value::Null,
            text,
        ])
    };
    assert_eq!(
        rows,
        [
            (None, row("about a")),
            (row("about a"), row("new")),
            (row("new"), None)
        ]
    );
}

#[tokio::test]
async fn what_has_changed_its_type_is_refused_by_name() {
    for (refusal, expect) in [
        (
            build::<CountedNote>(kept().await.builder().open().unwrap()).await,
            "`note.text` is TEXT in the database, INTEGER in the struct",
        ),
        (
            build::<ListedNote>(kept().await.builder().open().unwrap()).await,
            "`note.text` holds text in the database, a nested value in the struct",
        ),
        (
            build::<VagueNote>(kept().await.builder().open().unwrap()).await,
            "`note.text` is never null in the database, but may be null in the struct",
        ),
        (
            build::<StrictNote>(kept().await.builder().open().unwrap()).await,
            "`note.weight` is new, and the records that are there have no value for it",
        ),
    ] {
        let refusal = refusal.expect_err("it does not fit");
        assert!(refusal.contains(expect), "{refusal}");
    }
}

#[tokio::test]
async fn without_records_a_new_field_needs_no_default() {
    let database = Database::new();
    database.notes().await;
    let app = build::<StrictNote>(database.builder().open().unwrap()).await;
    let note = StrictNote {
        id: "a".into(),
        text: String::new(),
        weight: 7,
    };
    app.unwrap().system().create(note).await.unwrap();
}

#[tokio::test]
async fn a_refused_start_changes_nothing() {
    let database = kept().await;
    let refused = build::<StrictNote>(database.builder().open().unwrap()).await;
    assert!(refused.is_err());
    let (app, _) = database.notes().await;
    assert_eq!(
        app.system().get::<Note>(&"a".into()).await.unwrap(),
        Note::new("a")
    );
}

#[tokio::test]
async fn without_migrations_a_database_that_lacks_anything_is_refused() {
    let database = Database::new();
    let closed = database.builder().migrate(false);
    let refused = build::<Note>(closed.clone().open().unwrap()).await;
    let refused = refused.expect_err("there are no tables");
    assert!(refused.contains("CREATE TABLE \"note\""), "{refused}");
    database.notes().await;
    assert!(build::<Note>(closed.open().unwrap()).await.is_ok());
}

#[tokio::test]
async fn columns_of_others_are_left_alone() {
    let database = kept().await;
    let theirs = stranger(database.file("app.db"));
    theirs
        .execute_batch("ALTER TABLE note ADD COLUMN theirs TEXT; UPDATE note SET theirs = 'x'")
        .unwrap();
    let app = build::<LaterNote>(database.builder().open().unwrap())
        .await
        .unwrap();
    let update = app
        .system()
        .update::<LaterNote, _, _>(&"a".into(), |note| note.weight = 1)
        .await;
    update.unwrap();
    let kept: String = theirs
        .query_row("SELECT theirs FROM note", [], |row| row.get(0))
        .unwrap();
    assert_eq!(json!(kept), "x");
}

/// A note that shows its revision.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct VersionedNote {
    id: String,
    text: String,
    #[resource(rev)]
    version: u64,
}

/// The columns of a table, by name.
pub(super) fn columns(database: &Database, table: &str) -> Vec<String> {
    let stranger = stranger(database.file("app.db"));
    let mut statement = stranger
        .prepare("SELECT name FROM pragma_table_info(?1) ORDER BY name")
        .unwrap();
    let names = statement.query_map([table], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_revision_is_kept_once_and_moves_into_the_field_that_holds_it_and_out_again() {
    let database = kept().await;
    assert_eq!(columns(&database, "note"), ["id", "sockful_rev", "text"]);
    {
        let app = build::<VersionedNote>(database.builder().open().unwrap()).await;
        let app = app.unwrap();
        let cx = app.system();
        let note = cx.get::<VersionedNote>(&"a".into()).await.unwrap();
        assert_eq!(note.version, 1);
        let changed = cx
            .update::<VersionedNote, _, _>(&"a".into(), |note| note.text = "new".into())
            .await;
        assert_eq!(changed.unwrap().version, 2);
        assert_eq!(columns(&database, "note"), ["id", "text", "version"]);
    }
    let (app, _) = database.notes().await;
    let client = sockful::testing::TestApp::new(app).anonymous();
    let note = client.call("note", "get", json!("a")).await;
    assert_eq!(note.meta()["rev"], 2);
    assert_eq!(columns(&database, "note"), ["id", "sockful_rev", "text"]);
}
