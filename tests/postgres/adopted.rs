//! Tables that others have made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

use super::{Note, Place, notes, refused};

/// A record of every kind, whose fields are later than the table.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct Full {
    id: String,
    text: String,
    #[serde(default)]
    tame: bool,
    #[serde(default = "minus")]
    weight: i64,
    #[serde(default = "tenth")]
    share: f64,
    #[serde(default = "first")]
    born: jiff::Timestamp,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default = "quote")]
    #[resource(index)]
    motto: Option<String>,
}

fn minus() -> i64 {
    -7
}

fn tenth() -> f64 {
    0.1
}

fn first() -> jiff::Timestamp {
    "0000-02-29T12:00:00.000001Z".parse().unwrap()
}

fn quote() -> Option<String> {
    Some("it's \\ \"so\"".into())
}

/// A table of notes that were made elsewhere, whose codes need not differ.
const NOTES: &str = "id text COLLATE \"C\" PRIMARY KEY, text text COLLATE \"C\" NOT NULL, \
                     code text COLLATE \"C\"";

async fn refused_with(table: &str) -> String {
    let place = Place::new();
    make(&place, table);
    let store = place.builder().open().unwrap();
    refused(App::builder().store(store).resource::<Note>()).await
}

/// Makes a table of notes with these columns.
fn make(place: &Place, table: &str) {
    place.ask(&format!(
        "CREATE SCHEMA {}; CREATE TABLE note ({table})",
        place.0
    ));
}

#[tokio::test]
async fn a_table_that_fits_is_taken_as_it_is() {
    let place = Place::new();
    make(&place, &format!("{NOTES} UNIQUE, more int DEFAULT 5"));
    place.ask("INSERT INTO note VALUES ('a', 'old', 'x')");
    let (app, _store) = place.notes().await;
    let cx = app.system();
    cx.update::<Note, _, _>(&"a".into(), |note| note.text = "new".into())
        .await
        .unwrap();
    cx.create(Note::new("b")).await.unwrap();
    let rows = place.ask("SELECT id, text, more, sockful_rev FROM note ORDER BY id");
    assert_eq!(rows, "a|new|5|1\nb|about b|5|2");
}

#[tokio::test]
async fn a_table_that_does_not_fit_is_refused_by_column_and_types() {
    let error = refused_with("id text COLLATE \"C\" PRIMARY KEY, text varchar(9) NOT NULL").await;
    assert!(
        error.contains("`note.text` is character varying(9) in the database"),
        "{error}"
    );
    let error = refused_with("id text PRIMARY KEY, text text COLLATE \"C\" NOT NULL").await;
    assert!(error.contains("`note.id` compares text by"), "{error}");
    let error = refused_with("id text COLLATE \"C\" PRIMARY KEY, text text COLLATE \"C\"").await;
    assert!(
        error.contains("`note.text` may be null in the database"),
        "{error}"
    );
    let error = refused_with("id text COLLATE \"C\", text text COLLATE \"C\" NOT NULL").await;
    assert!(
        error.contains("`note.id` is not the key in the database"),
        "{error}"
    );
    let error = refused_with(
        "id text COLLATE \"C\" PRIMARY KEY, text text COLLATE \"C\" NOT NULL, owed int NOT NULL",
    )
    .await;
    assert!(
        error.contains("`note.owed` is in the database and needs a value"),
        "{error}"
    );
}

#[tokio::test]
async fn values_that_are_there_twice_are_told_of() {
    let place = Place::new();
    make(&place, NOTES);
    place.ask("INSERT INTO note VALUES ('a', '', 'x'), ('b', '', 'x')");
    let store = place.builder().open().unwrap();
    let error = refused(App::builder().store(store).resource::<Note>()).await;
    assert!(
        error.contains("`note.code` is `unique`, but several"),
        "{error}"
    );
    assert_eq!(place.ask("SELECT to_regclass('sockful_log') IS NULL"), "t");
}

#[tokio::test]
async fn text_that_is_too_long_for_an_index_is_told_of() {
    let place = Place::new();
    make(&place, NOTES);
    place.ask("INSERT INTO note VALUES ('a', '', repeat('x', 2049))");
    let store = place.builder().open().unwrap();
    let error = refused(App::builder().store(store).resource::<Note>()).await;
    let expected = "`note.code` is to have an index, but some of the text that is there has more than 2048 bytes";
    assert!(error.contains(expected), "{error}");
    assert_eq!(place.ask("SELECT to_regclass('sockful_log') IS NULL"), "t");
}

#[tokio::test]
async fn new_fields_are_added_with_their_defaults() {
    let place = Place::new();
    {
        let (app, _store) = place.notes().await;
        app.system().create(Note::new("a")).await.unwrap();
    }
    let store = place.builder().open().unwrap();
    let app = App::builder().store(store.clone()).resource::<Full>();
    let app = app.build().await.unwrap();
    let full = app.system().get::<Full>(&"a".into()).await.unwrap();
    let expected = Full {
        id: "a".into(),
        text: "about a".into(),
        tame: false,
        weight: -7,
        share: 0.1,
        born: first(),
        tags: Vec::new(),
        motto: quote(),
    };
    assert_eq!(full, expected);
    // What the log tells of earlier rows has them too.
    let entries = sockful::store::Store::since(&store, 0, 10).await.unwrap();
    let row = entries[0].changes[0].new.as_ref().unwrap();
    assert_eq!(row[3], sockful::Value::Int(-7));
    // The index of the field that went is gone, that of the new one is there.
    let indexes = place.ask("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'note' ORDER BY 1");
    assert_eq!(super::lines(&indexes), ["note.motto.index", "note_pkey"]);
    drop(app);
    let (app, _store) = notes(place.builder()).await;
    assert_eq!(app.system().count::<Note>(Note::query()).await.unwrap(), 1);
}
