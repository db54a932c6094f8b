//! Commits and reads wait in queues that have an end.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use sockful::Resource;
use sockful::store::rusqlite::Connection;
use sockful::testing::TestApp;
use tokio::time::{sleep, timeout};

use super::{Database, Note, notes, stranger};

/// Lets no other connection write, as another program may for a while.
fn hold(database: &Database) -> Connection {
    let stranger = stranger(database.file("app.db"));
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    stranger
}

#[tokio::test]
async fn commits_that_wait_together_share_one_sync_of_the_disk() {
    let database = Database::new();
    let (app, store) = database.notes().await;
    let held = hold(&database);
    let cx = app.system();
    let creates = join_all((0..64).map(|id| cx.create(Note::new(id.to_string()))));
    let release = async {
        // The first of them waits for the database, the others for the first.
        while store.load().waiting_commits < 63 {
            sleep(Duration::from_millis(1)).await;
        }
        drop(held);
    };
    let (created, ()) = tokio::join!(creates, release);
    assert!(created.iter().all(Result::is_ok));
    let load = store.load();
    assert_eq!((load.commits, load.transactions), (64, 1));
}

#[tokio::test]
async fn a_full_queue_is_answered_unavailable_at_once() {
    let database = Database::new();
    let (app, store) = notes(database.builder().queue(2)).await;
    let held = hold(&database);
    let waiting = {
        let cx = app.system();
        tokio::spawn(async move {
            let creates = (0..3).map(async |id| {
                // The first is taken out of the queue before the others come.
                sleep(Duration::from_millis(20 * id)).await;
                cx.create(Note::new(id.to_string())).await
            });
            join_all(creates).await
        })
    };
    while store.load().waiting_commits < 2 {
        sleep(Duration::from_millis(1)).await;
    }
    let client = TestApp::new(app.clone()).anonymous();
    let asked = Instant::now();
    let refused = client
        .call("note", "create", json!({ "id": "x", "text": "" }))
        .await;
    assert!(asked.elapsed() < Duration::from_secs(3));
    assert_eq!(
        refused.to_json(),
        json!([{
            "code": 503, "name": "Unavailable", "reason": "unavailable",
            "message": "the store cannot be reached now", "temporary": true,
        }, null, null])
    );
    drop(held);
    let created = waiting.await.unwrap();
    assert!(created.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_frees_its_thread() {
    let database = Database::new();
    let (app, store) = notes(database.builder().readers(1)).await;
    let endless = store.read(|connection| {
        let text =
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT max(n) FROM n";
        connection.query_row(text, [], |row| row.get::<_, i64>(0))
    });
    let cut = timeout(Duration::from_millis(50), endless).await;
    assert!(cut.is_err());
    let cx = app.system();
    let count = cx.count::<Note>(Note::query());
    let count = timeout(Duration::from_secs(20), count).await;
    assert_eq!(count.expect("the thread is free").unwrap(), 0);
}

#[tokio::test]
async fn readers_go_on_while_the_writer_waits() {
    let database = Database::new();
    let (app, _store) = database.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    let held = hold(&database);
    let cx = app.system();
    let create = cx.create(Note::new("b"));
    let read = async {
        assert!(cx.get::<Note>(&"a".into()).await.is_ok());
        drop(held);
    };
    let (created, ()) = tokio::join!(create, read);
    created.unwrap();
}
