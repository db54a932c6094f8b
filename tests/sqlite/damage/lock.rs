//! Another process holds the database.

use std::time::Duration;

use serde_json::json;
use sockful::testing::TestApp;
use tokio::time::sleep;

use super::{refusal, refused, written};
use crate::sqlite::{Database, stranger};

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

#[tokio::test]
async fn a_commit_waits_for_another_program_that_is_done_soon() {
    let database = Database::new();
    let (app, _store) = database.notes().await;
    let client = TestApp::new(app).anonymous();
    let theirs = stranger(database.file("app.db"));
    theirs.execute_batch("BEGIN IMMEDIATE").unwrap();
    let create = client.call("note", "create", json!({ "id": "a", "text": "" }));
    let release = async {
        sleep(Duration::from_millis(200)).await;
        theirs.execute_batch("COMMIT").unwrap();
    };
    let (created, ()) = tokio::join!(create, release);
    assert!(created.is_ok(), "{created:?}");
}

#[tokio::test]
async fn a_commit_is_unavailable_while_another_program_does_not_let_go() {
    let database = Database::new();
    let (app, _store) = database.notes().await;
    let client = TestApp::new(app).anonymous();
    let create = || client.call("note", "create", json!({ "id": "a", "text": "" }));
    let theirs = stranger(database.file("app.db"));
    theirs.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (answer, read) = tokio::join!(create(), client.call("note", "all", json!({})));
    assert_eq!(refused(&answer), "Unavailable");
    assert_eq!(answer.error()["temporary"], true);
    assert_eq!(*read.result(), json!([]));
    theirs.execute_batch("COMMIT").unwrap();
    assert!(create().await.is_ok());
}
