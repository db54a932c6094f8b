//! The log is kept for so long, and no longer.

use std::ops::Range;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sockful::prelude::*;
use sockful::store::{Durability, LogRange, PostgresBuilder, Store, StoreError};
use sockful::testing::{Answer, TestClient};
use tokio::time::sleep;

use super::{Note, Place, client, create, notes, op};

/// More than the store writes between two looks at what is to go.
const MANY: usize = 2_500;

async fn fill(builder: PostgresBuilder) -> (App, Postgres) {
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
async fn pruned(store: &Postgres, from: u64) -> LogRange {
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
    let place = Place::new();
    {
        let builder = place.builder().retain(Duration::ZERO, u64::MAX);
        let (_app, store) = fill(builder).await;
        let range = pruned(&store, 1_900).await;
        assert_eq!(range.to, MANY as u64);
        assert!(range.from < range.to, "{range:?}");
        let gone = store.since(range.from - 1, 10).await.unwrap_err();
        assert!(matches!(gone, StoreError::Pruned { from } if from >= range.from));
        assert!(!store.since(range.from, 10).await.unwrap().is_empty());
    }
    let (app, store) = place.notes().await;
    app.system().create(Note::new("after")).await.unwrap();
    assert_eq!(store.log().await.unwrap().to, MANY as u64 + 1);
}

#[tokio::test]
async fn entries_go_when_the_log_is_too_long() {
    let place = Place::new();
    let builder = place.builder().retain(Duration::from_secs(3_600), 100_000);
    let (_app, store) = fill(builder).await;
    // An entry takes about a hundred bytes: about a thousand are kept, and what came since the last look.
    let range = pruned(&store, 500).await;
    assert!(range.to - range.from > 500, "{range:?}");
}

#[tokio::test]
async fn answers_go_when_they_are_too_old() {
    let place = Place::new();
    let builder = place.builder().retain_answers(Duration::ZERO, u64::MAX);
    let (app, _store) = notes(builder).await;
    create(&client(&app), "once", &op(1)).await.result();
    assert_eq!(answers(&place), 1);
    let cx = app.system();
    let creates = (0..1_100).map(|id| cx.create(Note::new(id.to_string())));
    assert!(join_all(creates).await.iter().all(Result::is_ok));
    while answers(&place) > 0 {
        sleep(Duration::from_millis(5)).await;
    }
}

/// How many answers the ledger holds.
fn answers(place: &Place) -> usize {
    let count = place.ask("SELECT count(*) FROM sockful_ledger");
    count.parse().expect("a number")
}

/// So many operations, each with an answer of a kilobyte; then enough commits that it is looked at what is to go.
async fn operate(app: &App, numbers: Range<usize>) {
    let client = client(app);
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
    let note = json!({ "id": number.to_string(), "text": "x".repeat(1_000) });
    let options = json!({ "op": op(number) });
    client.call_with("note", "create", note, options).await
}

#[tokio::test]
async fn the_oldest_answers_go_when_all_take_too_much_room_also_after_a_restart() {
    let place = Place::new();
    let builder = || {
        let builder = place.builder().durability(Durability::Relaxed);
        builder.retain_answers(Duration::from_secs(3_600), 100_000)
    };
    {
        let (app, _store) = notes(builder()).await;
        operate(&app, 0..60).await;
        assert_eq!(answers(&place), 60);
    }
    let (app, _store) = notes(builder()).await;
    operate(&app, 60..120).await;
    while answers(&place) > 100 {
        sleep(Duration::from_millis(5)).await;
    }
    // An answer takes between 1,000 and 1,500 bytes.
    let kept = answers(&place);
    assert!((66..=100).contains(&kept), "{kept}");
    let client = client(&app);
    assert!(operate_once(&client, 120 - kept).await.is_replayed());
    assert!(operate_once(&client, 119).await.is_replayed());
    // It is done anew, and the record is there.
    let again = operate_once(&client, 119 - kept).await;
    assert_eq!(again.error()["name"], "Conflict");
}

#[tokio::test]
async fn an_answer_of_a_clock_that_was_ahead_does_not_hide_those_that_follow() {
    let place = Place::new();
    let builder = place.builder().durability(Durability::Relaxed);
    let builder = builder.retain_answers(Duration::from_secs(3_600), 100_000);
    let (app, _store) = notes(builder).await;
    operate_once(&client(&app), 999).await.result();
    place.ask("UPDATE sockful_ledger SET at = at + interval '1 hour'");
    operate(&app, 0..1).await;
    let noted = "SELECT count(*) FROM sockful_meta WHERE key = 'ledger_size'";
    while place.ask(noted) != "1" {
        sleep(Duration::from_millis(5)).await;
    }
    operate(&app, 1..120).await;
    while answers(&place) > 100 {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(operate_once(&client(&app), 999).await.is_replayed());
}
