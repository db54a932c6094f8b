//! Commits and reads wait where there is an end to waiting.

use std::process::{Child, Command};
use std::time::Duration;

use futures_util::future::join_all;
use sockful::prelude::*;
use tokio::time::{sleep, timeout};

use super::{Note, Place, notes};
use crate::support::postgres::{Server, shared};

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

/// Another program in the middle of a transaction, until it is dropped.
struct Busy<'a>(&'a Place, Child);

impl<'a> Busy<'a> {
    /// It has done this, and then sleeps.
    fn new(place: &'a Place, statement: &str) -> Self {
        let mut psql = shared().psql(&format!(
            "BEGIN; SET search_path TO {}; {statement}; SELECT pg_sleep(60)",
            place.0
        ));
        let child = psql
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("psql");
        let busy = Self(place, child);
        while busy.ask("count(*)", "AND wait_event = 'PgSleep'") != "1" {
            std::thread::sleep(Duration::from_millis(5));
        }
        busy
    }

    fn ask(&self, what: &str, which: &str) -> String {
        shared().ask(&format!(
            "SELECT {what} FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
             AND query LIKE 'BEGIN; SET search_path TO {}; %' {which}",
            self.0.0
        ))
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.ask("pg_terminate_backend(pid)", "");
        let _ = self.1.wait();
    }
}

/// Reads that are given up while the database is busy: how many were refused.
async fn abandon(cx: &Cx, reads: usize) -> usize {
    let mut refused = 0;
    for _ in 0..reads {
        match timeout(Duration::from_millis(2), cx.get::<Note>(&"a".into())).await {
            Ok(Ok(_)) => panic!("the table is locked"),
            Ok(Err(error)) => {
                assert_eq!(error.kind(), sockful::ErrorKind::Unavailable);
                refused += 1;
            }
            Err(_) => {}
        }
    }
    refused
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_counts_as_long_as_the_database_has_it() {
    let place = Place::new();
    let (app, store) = notes(place.builder().readers(1).queue(4)).await;
    let cx = app.system();
    cx.create(Note::new("a")).await.unwrap();
    let busy = Busy::new(&place, "LOCK TABLE note IN ACCESS EXCLUSIVE MODE");
    assert_eq!(abandon(&cx, 20).await, 16);
    assert_eq!(store.load().waiting_reads, 4);
    drop(busy);
    while store.load().waiting_reads > 0 {
        sleep(Duration::from_millis(1)).await;
    }
    cx.get::<Note>(&"a".into()).await.unwrap();
}

#[tokio::test]
async fn a_read_that_was_not_sent_is_gone_with_whoever_waited() {
    let place = Place::new();
    let (app, store) = notes(place.builder().readers(1)).await;
    let cx = app.system();
    cx.create(Note::new("a")).await.unwrap();
    let busy = Busy::new(&place, "LOCK TABLE note IN ACCESS EXCLUSIVE MODE");
    assert_eq!(abandon(&cx, 40).await, 0);
    // So many are sent on one connection.
    assert_eq!(store.load().waiting_reads, 16);
    drop(busy);
    cx.get::<Note>(&"a".into()).await.unwrap();
}

#[tokio::test]
async fn a_log_that_another_program_holds_is_not_waited_for_long() {
    let place = Place::new();
    let (app, _store) = place.notes().await;
    let cx = app.system();
    // On a connection that has done it before: to prepare a statement is waited for longer, and apart from other nodes.
    cx.create(Note::new("0")).await.unwrap();
    let busy = Busy::new(&place, "LOCK TABLE sockful_log");
    // What nothing else bounds is waited for twice as long.
    let create = timeout(Duration::from_secs(15), cx.create(Note::new("a")));
    let refused = create.await.expect("it is answered").unwrap_err();
    assert_eq!(refused.kind(), sockful::ErrorKind::Unavailable);
    drop(busy);
    cx.create(Note::new("a")).await.unwrap();
}

#[tokio::test]
async fn a_row_that_another_program_holds_fails_the_commits_that_need_it_alone() {
    let place = Place::new();
    let (app, _store) = place.notes().await;
    let cx = app.system();
    cx.create(Note::new("a")).await.unwrap();
    let held = Held::new(&place);
    let busy = Busy::new(&place, "SELECT FROM note WHERE id = 'a' FOR UPDATE");
    let needs = async {
        cx.update::<Note, _, _>(&"a".into(), |note| note.text.clear())
            .await
    };
    let others = join_all((0..3).map(|id| cx.create(Note::new(id.to_string()))));
    let release = async {
        sleep(Duration::from_millis(50)).await;
        drop(held);
    };
    let (needs, others, ()) = tokio::join!(needs, others, release);
    assert_eq!(needs.unwrap_err().kind(), sockful::ErrorKind::Unavailable,);
    assert!(others.iter().all(Result::is_ok), "{others:?}");
    drop(busy);
    cx.update::<Note, _, _>(&"a".into(), |note| note.text.clear())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_store_that_nobody_has_any_more_ends_while_its_database_is_away() {
    let server = Server::start(&["fsync=off"]);
    let (app, store) = notes(server.builder().readers(1)).await;
    let lock = server
        .ask("SELECT ('x' || left(encode(sha256('sockful:public'), 'hex'), 16))::bit(64)::bigint");
    let locked = |which| {
        let text = format!("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {which}");
        server.ask(&text) == "1"
    };
    let text = format!("SELECT pg_advisory_lock({lock}), pg_sleep(60)");
    let mut holds = server.psql(&text);
    let holds = holds.stdout(std::process::Stdio::null());
    let mut holds = holds.stderr(std::process::Stdio::null()).spawn().unwrap();
    while !locked("granted") {
        sleep(Duration::from_millis(5)).await;
    }
    // A commit that is on its way, and of which nobody waits for the end.
    let cx = app.system();
    let create = tokio::spawn(async move { cx.create(Note::new("a")).await.is_ok() });
    while !locked("NOT granted") {
        sleep(Duration::from_millis(5)).await;
    }
    create.abort();
    drop((app, store));
    server.crash();
    let _ = holds.wait();
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let ended = async {
        while tasks() > 0 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), ended)
        .await
        .expect("all tasks end");
}
