//! Commits and reads wait where there is an end to waiting.

use std::process::{Child, Command};
use std::time::Duration;

use futures_util::future::join_all;
use sockful::prelude::*;
use tokio::time::sleep;

use super::{Note, Place, notes};
use crate::support::postgres::shared;

/// Lets nobody write, as a migration of another node may for a while.
struct Held<'a>(&'a Place, Option<Child>);

impl<'a> Held<'a> {
    fn new(place: &'a Place) -> Self {
        // The lock of all nodes, as it is written in `store/postgres.rs`.
        let lock: String = format!(
            "SELECT ('x' || left(encode(sha256('sockful:{}'), 'hex'), 16))::bit(64)::bigint",
            place.0
        );
        let lock = shared().ask(&lock);
        let mut psql: Command = shared().psql(&format!(
            "SELECT pg_advisory_lock({lock}), pg_sleep(60) /* {} */",
            place.0
        ));
        let child = psql
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("psql");
        let held = Self(place, Some(child));
        while held.count("granted") == 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        held
    }

    /// How many have the lock, or wait for it.
    fn count(&self, which: &str) -> usize {
        let text = format!(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) \
             WHERE locktype = 'advisory' AND {which} AND query LIKE '%{}%'",
            self.0.0
        );
        shared().ask(&text).parse().expect("a number")
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        shared().ask(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE query LIKE 'SELECT pg_advisory_lock%{}%' AND pid <> pg_backend_pid()",
            self.0.0
        ));
        if let Some(mut child) = self.1.take() {
            let _ = child.wait();
        }
    }
}

#[tokio::test]
async fn commits_that_wait_together_share_one_transaction() {
    let place = Place::new();
    let (app, store) = place.notes().await;
    let held = Held::new(&place);
    let cx = app.system();
    let creates = join_all((0..64).map(|id| cx.create(Note::new(id.to_string()))));
    let release = async {
        // The first batch waits for the lock, the others for it.
        sleep(Duration::from_millis(50)).await;
        drop(held);
    };
    let (created, ()) = tokio::join!(creates, release);
    assert!(created.iter().all(Result::is_ok));
    let load = store.load();
    assert_eq!(load.commits, 64);
    assert!(load.transactions <= 2, "{load:?}");
}

#[tokio::test]
async fn a_full_queue_is_answered_unavailable_at_once_and_reads_go_on() {
    let place = Place::new();
    let (app, store) = notes(place.builder().queue(2)).await;
    let cx = app.system();
    cx.create(Note::new("a")).await.unwrap();
    let held = Held::new(&place);
    let waiting = {
        let cx = app.system();
        tokio::spawn(async move {
            let first = cx.create(Note::new("0"));
            let others = async {
                // The first is taken out of the queue before the others come.
                sleep(Duration::from_millis(50)).await;
                join_all((1..3).map(|id| cx.create(Note::new(id.to_string())))).await
            };
            let (first, others) = tokio::join!(first, others);
            first.is_ok() && others.iter().all(Result::is_ok)
        })
    };
    while store.load().waiting_commits < 2 {
        sleep(Duration::from_millis(1)).await;
    }
    let refused = cx.create(Note::new("x")).await.unwrap_err();
    assert_eq!(refused.kind(), sockful::ErrorKind::Unavailable);
    assert!(cx.get::<Note>(&"a".into()).await.is_ok());
    drop(held);
    assert!(waiting.await.unwrap());
}
