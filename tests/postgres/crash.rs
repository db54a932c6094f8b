//! The database server goes away while it is written to, and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use sockful::prelude::*;
use sockful::store::Store;
use tokio::time::sleep;

use super::{Note, client, create, is_unavailable, notes, op};
use crate::support::postgres::Server;

const WRITERS: usize = 8;
const CRASHES: usize = 4;
/// So many writes are acknowledged between two crashes.
const BETWEEN: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_done_twice() {
    let server = Arc::new(Server::start(&[]));
    let (app, store) = notes(Postgres::builder(server.url()).readers(2)).await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let ended = Arc::new(AtomicUsize::new(0));
    let writers = (0..WRITERS).map(|writer| {
        let (client, acknowledged, ended) = (client(&app), acknowledged.clone(), ended.clone());
        tokio::spawn(async move {
            let mut revs = Vec::new();
            for number in 0.. {
                let (id, op) = (
                    format!("{writer}-{number}"),
                    op(writer * 1_000_000 + number),
                );
                let rev = loop {
                    let answer = create(&client, &id, &op).await;
                    if answer.is_ok() {
                        break answer.meta()["rev"].as_u64().expect("a revision");
                    }
                    assert!(is_unavailable(&answer), "{answer:?}");
                    sleep(Duration::from_millis(5)).await;
                };
                revs.push((id, rev));
                acknowledged.fetch_add(1, Ordering::Relaxed);
                if ended.load(Ordering::Relaxed) > 0 {
                    break;
                }
            }
            revs
        })
    });
    let writers: Vec<_> = writers.collect();
    for crash in 1..=CRASHES {
        while acknowledged.load(Ordering::Relaxed) < crash * BETWEEN {
            sleep(Duration::from_millis(1)).await;
        }
        blocking(&server, Server::crash).await;
        let refused = loop {
            // A read may be the first to hear of it.
            let answer = client(&app).call("note", "get", json!("0-0")).await;
            if !answer.is_ok() {
                break answer;
            }
        };
        assert!(is_unavailable(&refused), "{refused:?}");
        blocking(&server, Server::resume).await;
    }
    let before = acknowledged.load(Ordering::Relaxed);
    while acknowledged.load(Ordering::Relaxed) < before + BETWEEN {
        sleep(Duration::from_millis(1)).await;
    }
    ended.store(1, Ordering::Relaxed);
    let mut revs = Vec::new();
    for writer in join_all(writers).await {
        revs.extend(writer.expect("a writer ends"));
    }

    let cx = app.system();
    assert_eq!(
        cx.count::<Note>(Note::query()).await.unwrap(),
        revs.len() as u64
    );
    let entries = store.since(0, usize::MAX).await.unwrap();
    assert!(
        entries.iter().map(|it| it.pos).eq(1..=revs.len() as u64),
        "a hole"
    );
    revs.sort_by_key(|(_, rev)| *rev);
    let logged = entries.iter().map(|entry| {
        let id = entry.changes[0].id.as_text().expect("text");
        (id.to_owned(), entry.pos)
    });
    assert!(logged.eq(revs), "the log tells otherwise");
}

async fn blocking(server: &Arc<Server>, act: fn(&Server)) {
    let server = server.clone();
    let acted = tokio::task::spawn_blocking(move || act(&server)).await;
    acted.expect("the server does as it is told");
}

#[tokio::test]
async fn a_connection_that_is_ended_is_made_again() {
    let server = Server::start(&["fsync=off"]);
    let (app, _store) = notes(server.builder().readers(2)).await;
    let cx = app.system();
    cx.create(Note::new("a")).await.unwrap();
    let text =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sockful'";
    for round in 0..3 {
        server.ask(text);
        let mut refused = 0;
        while let Err(error) = cx.create(Note::new(format!("b{round}"))).await {
            assert_eq!(error.kind(), sockful::ErrorKind::Unavailable);
            refused += 1;
            assert!(refused < 1_000, "it stays away");
            sleep(Duration::from_millis(10)).await;
        }
        while let Err(error) = cx.get::<Note>(&"a".into()).await {
            assert_eq!(error.kind(), sockful::ErrorKind::Unavailable);
            sleep(Duration::from_millis(10)).await;
        }
    }
    assert_eq!(cx.count::<Note>(Note::query()).await.unwrap(), 4);
}
