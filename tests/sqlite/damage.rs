//! A database that cannot be used is told at the start or on the request, and never answers a wrong record.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::time::Duration;

use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;

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

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let database = Database::new();
    fs::write(database.file("app.db"), "not a database".repeat(100)).unwrap();
    let refusal = refusal(&database).await;
    assert!(refusal.contains("is no SQLite database"), "{refusal}");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_refused() {
    let error = Sqlite::open("/nowhere/at/all.db").unwrap_err().to_string();
    assert!(error.contains("cannot be opened"), "{error}");
}

#[tokio::test]
async fn a_truncated_database_is_refused() {
    let database = written(200).await;
    let path = database.file("app.db");
    let length = fs::metadata(&path).unwrap().len();
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(length / 2).unwrap();
    let refusal = refusal(&database).await;
    assert!(refusal.contains("damaged"), "{refusal}");
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused() {
    let database = written(1).await;
    stranger(database.file("app.db"))
        .execute_batch("UPDATE sockful_meta SET value = '99' WHERE key = 'format'")
        .unwrap();
    let refusal = refusal(&database).await;
    assert!(refusal.contains("has the format 99"), "{refusal}");
}

#[tokio::test]
async fn a_damaged_page_is_an_error_and_never_a_wrong_record() {
    let database = written(500).await;
    let path = database.file("app.db");
    let page: i64 = stranger(path.clone())
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'note'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let (app, _) = {
        let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        let place = u64::try_from(page - 1).unwrap() * 4_096;
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(&[0xa5; 4_096]).unwrap();
        database.notes().await
    };
    let client = TestApp::new(app).anonymous();
    for (action, payload) in [
        ("get", json!("00007")),
        ("all", json!({})),
        ("create", json!({ "id": "new", "text": "" })),
    ] {
        let answer = client.call("note", action, payload).await;
        let error = answer.error();
        assert_eq!(error["name"], "Internal", "{action}");
        // The log has the rest.
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("the server failed; its log knows this as "));
        assert!(!error.to_string().contains("SELECT"));
        assert!(!error.to_string().contains("app.db"));
    }
}

#[tokio::test]
async fn a_database_that_another_program_keeps_to_itself_is_refused() {
    let database = written(1).await;
    let theirs = stranger(database.file("app.db"));
    theirs
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    let refusal = refusal(&database).await;
    assert!(
        refusal.contains("another process holds the database"),
        "{refusal}"
    );
}
