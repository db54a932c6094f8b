//! The log is kept for so long, and no longer.

use std::time::Duration;

use futures_util::future::join_all;
use sockful::prelude::*;
use sockful::store::{Durability, LogRange, PostgresBuilder, Store, StoreError};
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
    let builder = place.builder().retain_answers(Duration::ZERO);
    let (app, _store) = notes(builder).await;
    create(&client(&app), "once", &op(1)).await.result();
    assert_eq!(place.ask("SELECT count(*) FROM sockful_ledger"), "1");
    let cx = app.system();
    let creates = (0..1_100).map(|id| cx.create(Note::new(id.to_string())));
    assert!(join_all(creates).await.iter().all(Result::is_ok));
    while place.ask("SELECT count(*) FROM sockful_ledger") != "0" {
        sleep(Duration::from_millis(5)).await;
    }
}
