//! What is special about records in an SQLite database. What holds of every store is in `stores.rs`.

mod adopted;
mod backup;
mod damage;
mod epoch;
mod keys;
mod numbered;
mod plan;
mod queue;
mod renamed;
mod retention;
mod schema;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::store::{SqliteBuilder, Store};

use crate::support::folder::Folder;

/// What a test writes down.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Note {
    id: String,
    text: String,
}

impl Note {
    fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let text = format!("about {id}");
        Self { id, text }
    }
}

/// A database of one test.
struct Database {
    folder: Folder,
}

impl Database {
    fn new() -> Self {
        Self {
            folder: Folder::new("sqlite"),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn builder(&self) -> SqliteBuilder {
        Sqlite::builder(self.file("app.db"))
    }

    /// An app with notes, and its store.
    async fn notes(&self) -> (App, Sqlite) {
        notes(self.builder()).await
    }
}

async fn notes(builder: SqliteBuilder) -> (App, Sqlite) {
    let store = builder.open().expect("the database opens");
    let app = App::builder().store(store.clone()).resource::<Note>();
    (app.build().await.expect("notes make an app"), store)
}

/// Another connection to the database, as another program would have it.
fn stranger(path: PathBuf) -> sockful::store::rusqlite::Connection {
    sockful::store::rusqlite::Connection::open(path).expect("SQLite opens it")
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let database = Database::new();
    let epoch = {
        let (app, store) = database.notes().await;
        let cx = app.system();
        cx.create(Note::new("a")).await.unwrap();
        cx.create(Note::new("b")).await.unwrap();
        cx.update::<Note, _, _>(&"a".into(), |note| note.text = "new".into())
            .await
            .unwrap();
        epoch(&store).await
    };
    let (app, store) = database.notes().await;
    let cx = app.system();
    assert_eq!(cx.get::<Note>(&"a".into()).await.unwrap().text, "new");
    assert_eq!(self::epoch(&store).await, epoch);
    let before = store.log().await.unwrap();
    assert_eq!((before.from, before.to), (0, 3));
    cx.create(Note::new("c")).await.unwrap();
    let entries = store.since(2, 10).await.unwrap();
    let positions: Vec<_> = entries.iter().map(|entry| entry.pos).collect();
    assert_eq!(positions, [3, 4]);
}

async fn epoch(store: &Sqlite) -> String {
    let text = "SELECT value FROM sockful_meta WHERE key = 'epoch'";
    let epoch = store.read(|connection| connection.query_row(text, [], |row| row.get(0)));
    epoch.await.expect("a database has an epoch")
}

#[tokio::test]
async fn a_record_is_a_row_that_anybody_can_read() {
    let database = Database::new();
    let (app, store) = database.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    let row: (String, String, i64) = store
        .read(|connection| {
            let text = "SELECT id, text, sockful_rev FROM note";
            connection.query_row(text, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })
        .await
        .unwrap();
    assert_eq!(row, ("a".into(), "about a".into(), 1));
}

#[tokio::test]
async fn reading_raw_cannot_write() {
    let database = Database::new();
    let memory = Sqlite::in_memory().unwrap();
    let (app, file) = database.notes().await;
    for store in [file, memory] {
        let written = store
            .read(|connection| connection.execute_batch("BEGIN; CREATE TABLE mine (it)"))
            .await;
        let error = written.unwrap_err().to_string();
        assert!(error.contains("cannot be written to"), "{error}");
    }
    // What was begun and left open is in nobody's way.
    app.system().create(Note::new("a")).await.unwrap();
}

#[tokio::test]
async fn a_panic_while_reading_raw_ends_no_thread() {
    let database = Database::new();
    let (app, store) = notes(database.builder().readers(1)).await;
    let panicked = store.read(|_| -> sockful::store::rusqlite::Result<()> { panic!("oh") });
    let error = panicked.await.unwrap_err().to_string();
    assert!(error.contains("oh"), "{error}");
    assert_eq!(app.system().count::<Note>(Note::query()).await.unwrap(), 0);
}
