//! The log is kept for so long, and no longer.

use std::ops::Range;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sockful::App;
use sockful::store::{Durability, LogRange, SqliteBuilder, Store, StoreError};
use sockful::testing::{Answer, TestApp, TestClient};
use tokio::time::sleep;

use super::{Database, Note, notes};

/// More than the store writes between two looks at what is to go.
const MANY: usize = 2_500;

async fn fill(builder: SqliteBuilder) -> (App, sockful::Sqlite) {
    let (app, store) = notes(builder.durability(Durability::Relaxed)).await;
    let cx = app.system();
    for thousand in 0..MANY.div_ceil(500) {
        let creates = (0..500).map(|id| cx.create(Note::new(format!("{thousand}-{id}"))));
        let created = join_all(creates).await;
        assert!(created.iter().all(Result::is_ok));
    }
    (app, store)
}

/// Waits until the log begins at `from` or later.
async fn pruned(store: &sockful::Sqlite, from: u64) -> LogRange {
    loop {
        let range = store.log().await.unwrap();
        if range.from >= from {
            return range;
        }
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn entries_go_when_they_are_too_old_but_never_the_newest() {
    let database = Database::new();
    {
        let builder = database.builder().retain(Duration::ZERO, u64::MAX);
        let (_app, store) = fill(builder).await;
        let range = pruned(&store, 1_900).await;
        assert_eq!(range.to, MANY as u64);
        assert!(range.from < range.to, "{range:?}");
        let gone = store.since(range.from - 1, 10).await.unwrap_err();
        assert!(matches!(gone, StoreError::Pruned { from } if from >= range.from));
        assert!(!store.since(range.from, 10).await.unwrap().is_empty());
    }
    let (app, store) = database.notes().await;
    app.system().create(Note::new("after")).await.unwrap();
    assert_eq!(store.log().await.unwrap().to, MANY as u64 + 1);
}

#[tokio::test]
async fn entries_go_when_the_log_is_too_long() {
    let database = Database::new();
    let builder = database
        .builder()
        .retain(Duration::from_secs(3_600), 100_000);
    let (_app, store) = fill(builder).await;
    // An entry takes about a hundred bytes: about a thousand are kept, and what came since the last look.
    let range = pruned(&store, 500).await;
    assert!(range.to - range.from > 500, "{range:?}");
}

#[tokio::test]
async fn answers_go_when_they_are_too_old() {
    let database = Database::new();
    let builder = database.builder().retain_answers(Duration::ZERO, u64::MAX);
    let (app, store) = notes(builder.durability(Durability::Relaxed)).await;
    let client = TestApp::new(app.clone()).anonymous();
    let operation = json!({ "op": "6b4c2ad4-13d0-4b7e-8d4c-000000000001" });
    let note = json!({ "id": "once", "text": "" });
    let created = client.call_with("note", "create", note, operation).await;
    assert!(created.is_ok(), "{created:?}");
    assert_eq!(answers(&store).await, 1);
    let cx = app.system();
    let creates = (0..1_100).map(|id| cx.create(Note::new(id.to_string())));
    assert!(join_all(creates).await.iter().all(Result::is_ok));
    while answers(&store).await != 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

/// So many operations, each with an answer of a kilobyte; then enough commits that it is looked at what is to go.
async fn operate(app: &App, numbers: Range<usize>) {
    let client = TestApp::new(app.clone()).anonymous();
    for number in numbers.clone() {
        let created = operate_once(&client, number).await;
        assert!(created.is_ok() && !created.is_replayed(), "{created:?}");
    }
    let cx = app.system();
    let note = |id| cx.create(Note::new(format!("{}: {id}", numbers.start)));
    let created = join_all((0..1_100).map(note)).await;
    assert!(created.iter().all(Result::is_ok));
}

async fn operate_once(client: &TestClient, number: usize) -> Answer {
    let operation = json!({ "op": format!("6b4c2ad4-13d0-4b7e-8d4c-{number:012}") });
    let note = json!({ "id": number.to_string(), "text": "x".repeat(1_000) });
    client.call_with("note", "create", note, operation).await
}

#[tokio::test]
async fn the_oldest_answers_go_when_all_take_too_much_room_also_after_a_restart() {
    let database = Database::new();
    let builder = || {
        let builder = database.builder().durability(Durability::Relaxed);
        builder.retain_answers(Duration::from_secs(3_600), 100_000)
    };
    {
        let (app, store) = notes(builder()).await;
        operate(&app, 0..60).await;
        assert_eq!(answers(&store).await, 60);
    }
    let (app, store) = notes(builder()).await;
    operate(&app, 60..120).await;
    while answers(&store).await > 100 {
        sleep(Duration::from_millis(5)).await;
    }
    // An answer takes between 1,000 and 1,500 bytes.
    let kept = usize::try_from(answers(&store).await).unwrap();
    assert!((66..=100).contains(&kept), "{kept}");
    let client = TestApp::new(app).anonymous();
    assert!(operate_once(&client, 120 - kept).await.is_replayed());
    assert!(operate_once(&client, 119).await.is_replayed());
    // It is done anew, and the record is there.
    let again = operate_once(&client, 119 - kept).await;
    assert_eq!(again.error()["name"], "Conflict");
}

/// How many answers are kept.
async fn answers(store: &sockful::Sqlite) -> i64 {
    let text = "SELECT count(*) FROM sockful_ledger";
    let count = store.read(|connection| connection.query_row(text, [], |row| row.get(0)));
    count.await.expect("a database has a ledger")
}

#[tokio::test]
async fn everything_is_kept_for_seven_days() {
    let database = Database::new();
    let (_app, store) = fill(database.builder()).await;
    assert_eq!(store.log().await.unwrap().from, 0);
    let mut pos = 0;
    loop {
        let entries = store.since(pos, 700).await.unwrap();
        let Some(last) = entries.last() else { break };
        assert!(entries.iter().map(|entry| entry.pos).eq(pos + 1..=last.pos));
        pos = last.pos;
    }
    assert_eq!(pos, MANY as u64);
}
