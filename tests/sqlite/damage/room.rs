//! A disk that is full.

use futures_util::future::join_all;
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful_disk::Disk;

use super::refused;
use crate::sqlite::{Database, Note, notes};

fn disk(database: &Database) -> (Disk, sockful::store::SqliteBuilder) {
    let disk = Disk::new(database.folder.path(), 0);
    let path = disk.file("app.db");
    (disk, Sqlite::builder(path))
}

fn note(id: usize) -> Value {
    json!({ "id": format!("{id:05}"), "text": "x".repeat(1_000) })
}

#[tokio::test]
async fn without_room_commits_are_unavailable_and_reads_go_on_until_there_is_room_again() {
    let database = Database::new();
    let (disk, builder) = disk(&database);
    let (app, _store) = notes(builder).await;
    let client = TestApp::new(app).anonymous();
    // Wherever it is that the room ends: within the first frame of a commit or a later one.
    for room in [0, 23, 24, 4_000, 4_120, 10_000, 50_000] {
        disk.leave_room(Some(room));
        let mut written = Vec::new();
        let full = loop {
            let note = note(written.len());
            let answer = client.call("note", "create", note.clone()).await;
            if !answer.is_ok() {
                break answer;
            }
            written.push(note);
        };
        assert_eq!(refused(&full), "Unavailable", "{room} bytes");
        assert_eq!(full.error()["temporary"], true);
        let all = client.call("note", "all", json!({})).await;
        assert_eq!(*all.result(), json!(written), "{room} bytes");

        disk.leave_room(None);
        let answer = client.call("note", "create", note(written.len())).await;
        assert!(answer.is_ok(), "{answer:?}");
        for id in 0..=written.len() {
            let gone = client.call("note", "destroy", note(id)["id"].clone()).await;
            assert!(gone.is_ok(), "{gone:?}");
        }
    }
}

#[tokio::test]
async fn commits_that_share_a_full_disk_are_all_undone_and_all_told() {
    let database = Database::new();
    let (disk, builder) = disk(&database);
    let (app, store) = notes(builder).await;
    let clients: Vec<_> = (0..32)
        .map(|_| TestApp::new(app.clone()).anonymous())
        .collect();
    disk.leave_room(Some(60_000));
    let create = |(id, client): (usize, &TestClient)| {
        client.emit(&[json!("note"), json!("create"), note(id)])
    };
    let answers = join_all(clients.iter().enumerate().map(create)).await;
    let full = answers.iter().filter(|answer| !answer.is_ok()).count();
    assert!(full > 0);
    for answer in answers.iter().filter(|answer| !answer.is_ok()) {
        assert_eq!(refused(answer), "Unavailable");
    }
    let kept = app.system().count::<Note>(Note::query()).await.unwrap();
    assert_eq!(kept as usize, answers.len() - full);
    assert_eq!(store.load().commits, kept);
}

#[tokio::test]
async fn a_start_without_room_is_refused_and_leaves_nothing_behind() {
    let database = Database::new();
    let (disk, builder) = disk(&database);
    for room in [0, 100, 4_096, 8_192, 20_000] {
        disk.leave_room(Some(room));
        let refusal = match builder.clone().open() {
            Ok(store) => {
                let app = App::builder().store(store).resource::<Note>().build().await;
                app.expect_err("there is no room").to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(refusal.contains("no room left"), "{room} bytes: {refusal}");
    }
    disk.leave_room(None);
    let (app, _) = notes(builder).await;
    app.system().create(Note::new("a")).await.unwrap();
}
