//! A database that cannot be used is told at the start or on the request, and never answers a wrong record.

mod access;
mod files;
mod lock;
mod pages;
mod room;

use std::fs;
use std::time::Duration;

use serde_json::Value;
use sockful::prelude::*;
use sockful::testing::Answer;

use super::{Database, Note, stranger};

/// Why an app with notes cannot use this database.
async fn refusal(database: &Database) -> String {
    let store = match database.builder().open() {
        Ok(store) => store,
        Err(error) => return error.to_string(),
    };
    let app = App::builder().store(store).resource::<Note>().build().await;
    app.expect_err("it is not usable").to_string()
}

/// A database with so many notes, which is closed and one file.
async fn written(notes: usize) -> Database {
    let database = Database::new();
    {
        let (app, _) = database.notes().await;
        let batch = (0..notes).map(|id| Note::new(format!("{id:05}")));
        for note in batch {
            app.system().create(note).await.unwrap();
        }
    }
    let last = stranger(database.file("app.db"));
    // The threads of the store close their connections when they end.
    while last
        .pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
        .is_err()
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    database
}

/// A database whose file holds this.
fn holding(bytes: &[u8]) -> Database {
    let database = Database::new();
    fs::write(database.file("app.db"), bytes).unwrap();
    database
}

/// The name of an error, which tells a client nothing of the database.
#[track_caller]
fn refused(answer: &Answer) -> String {
    let error = answer.error();
    let text = error.to_string();
    for inside in [
        "SELECT", "INSERT", "sqlite", "SQLite", "app.db", "/", "sockful_", "disk",
    ] {
        assert!(!text.contains(inside), "{text}");
    }
    let Value::String(name) = &error["name"] else {
        panic!("an error has a name: {text}")
    };
    name.clone()
}
