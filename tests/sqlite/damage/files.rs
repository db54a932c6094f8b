//! Files that are not the database they should be.

use std::fs;

use sockful::prelude::*;

use super::{holding, refusal, written};
use crate::sqlite::{Database, Note, stranger};

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let database = holding("not a database".repeat(100).as_bytes());
    let refusal = refusal(&database).await;
    assert!(refusal.contains("is no SQLite database"), "{refusal}");
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_file_is_refused() {
    let database = Database::new();
    fs::create_dir(database.file("app.db")).unwrap();
    let refusal = refusal(&database).await;
    assert!(refusal.contains("cannot be opened"), "{refusal}");
}

#[tokio::test]
async fn a_file_in_a_folder_that_is_not_there_is_refused() {
    let error = Sqlite::open("/nowhere/at/all.db").unwrap_err().to_string();
    assert!(error.contains("cannot be opened"), "{error}");
}

#[tokio::test]
async fn a_truncated_database_is_refused_wherever_it_ends() {
    let whole = fs::read(written(200).await.file("app.db")).unwrap();
    let pages = whole.len() / 4_096;
    assert!(pages > 8, "{pages}");
    // A file of nothing, which to SQLite is one of a single byte too, is a database yet to be made.
    let within = [2, 15, 16, 99, 100, 101, 511, 2_048, 4_095];
    let between = (1..pages).map(|page| page * 4_096);
    // Of the last page SQLite takes what is there: `pages.rs` has what comes of that.
    let torn = (1..pages - 1).map(|page| page * 4_096 + 512);
    for length in within.into_iter().chain(between).chain(torn) {
        let refusal = refusal(&holding(&whole[..length])).await;
        let clear = refusal.contains("damaged") || refusal.contains("is no SQLite database");
        assert!(clear, "{length} bytes: {refusal}");
    }
}

#[tokio::test]
async fn a_database_of_a_later_sockful_is_refused() {
    let database = written(1).await;
    stranger(database.file("app.db"))
        .execute_batch("UPDATE sockful_meta SET value = '99' WHERE key = 'format'")
        .unwrap();
    let refusal = refusal(&database).await;
    assert!(refusal.contains("has the format 99"), "{refusal}");
}

#[tokio::test]
async fn a_database_of_a_later_sqlite_is_refused() {
    let whole = fs::read(written(1).await.file("app.db")).unwrap();
    for (place, expect) in [
        // The version for reading.
        (19, "is no SQLite database"),
        // The version for writing alone.
        (18, "cannot be written to"),
        // The format of the schema.
        (47, "unsupported file format"),
    ] {
        let mut later = whole.clone();
        later[place] = 9;
        let refusal = refusal(&holding(&later)).await;
        assert!(refusal.contains(expect), "{place}: {refusal}");
    }
}

#[tokio::test]
async fn a_database_of_another_program_keeps_what_it_has() {
    let database = Database::new();
    let theirs = stranger(database.file("app.db"));
    theirs
        .execute_batch("CREATE TABLE theirs (it); INSERT INTO theirs VALUES (7)")
        .unwrap();
    let (app, _) = database.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    let it: i64 = theirs
        .query_row("SELECT it FROM theirs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(it, 7);
}

#[tokio::test]
async fn a_table_of_another_program_that_does_not_fit_is_refused() {
    for (theirs, expect) in [
        (
            "CREATE TABLE note (id TEXT, text TEXT NOT NULL)",
            "`note.id` is not the key in the database",
        ),
        (
            "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
            "`note.id` is INTEGER in the database, TEXT in the struct",
        ),
        (
            "CREATE TABLE note (id TEXT PRIMARY KEY, text BLOB NOT NULL)",
            "`note.text` is BLOB in the database, TEXT in the struct",
        ),
        (
            "CREATE TABLE note (id TEXT, part TEXT, text TEXT NOT NULL, PRIMARY KEY (id, part))",
            "`note.part` is in the database and needs a value",
        ),
        (
            "CREATE VIEW note AS SELECT 'a' AS id, 'b' AS text",
            "`note` is no table in the database",
        ),
        (
            "CREATE TABLE other (id); CREATE INDEX note ON other (id)",
            "`note` is no table in the database",
        ),
        (
            "CREATE TABLE sockful_meta (name TEXT, content TEXT)",
            "`sockful_meta` in the database was not made",
        ),
        (
            "CREATE TABLE sockful_log (pos INTEGER PRIMARY KEY, entry TEXT)",
            "`sockful_log` in the database was not made",
        ),
        (
            "CREATE VIEW sockful_ledger AS SELECT 1",
            "`sockful_ledger` in the database was not made",
        ),
    ] {
        let database = Database::new();
        stranger(database.file("app.db"))
            .execute_batch(theirs)
            .unwrap();
        let refusal = refusal(&database).await;
        assert!(refusal.contains(expect), "{theirs}: {refusal}");
    }
}
