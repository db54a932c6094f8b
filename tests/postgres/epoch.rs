//! The epoch changes where positions that were acknowledged may be given a second time, and stays otherwise.

use std::time::Duration;

use sockful::prelude::*;
use sockful::store::{Durability, PostgresBuilder, Store};
use tokio::time::sleep;

use super::{Note, Place, notes};
use crate::support::postgres::{Server, shared};

/// An app lives and writes; answers its epoch.
async fn life(builder: PostgresBuilder) -> String {
    let (app, store) = notes(builder).await;
    write(&app).await;
    epoch(&store).await.expect("the database is there")
}

async fn write(app: &App) {
    let note = Note::new(Id::<Note>::new().to_string());
    app.system().create(note).await.expect("it is created");
}

async fn epoch(store: &Postgres) -> Option<String> {
    let epoch = store.epoch().await.ok()?;
    Some(epoch.expect("an epoch").to_string())
}

/// Waits until the store can be written to again; answers its epoch.
async fn back(app: &App, store: &Postgres) -> String {
    let note = || Note::new(Id::<Note>::new().to_string());
    while app.system().create(note()).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    loop {
        if let Some(epoch) = epoch(store).await {
            return epoch;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

fn relaxed(server: &Server) -> PostgresBuilder {
    server.builder().readers(2).durability(Durability::Relaxed)
}

fn full(server: &Server) -> PostgresBuilder {
    server.builder().readers(2)
}

#[tokio::test]
async fn a_crash_of_the_database_begins_another_epoch_under_relaxed_alone() {
    let server = Server::start(&["fsync=off"]);
    let first = life(full(&server)).await;
    server.crash();
    server.resume();
    assert_eq!(life(full(&server)).await, first);
    assert_eq!(life(relaxed(&server)).await, first);
    server.crash();
    server.resume();
    // Whoever comes first, it is for what others may have lost.
    let second = life(full(&server)).await;
    assert_ne!(second, first);
    assert_eq!(life(relaxed(&server)).await, second);
    server.crash();
    server.resume();
    assert_ne!(life(relaxed(&server)).await, second);
}

#[tokio::test]
async fn a_database_that_was_stopped_in_order_goes_on_in_its_epoch() {
    let server = Server::start(&["fsync=off"]);
    let first = life(relaxed(&server)).await;
    server.stop();
    server.resume();
    assert_eq!(life(relaxed(&server)).await, first);
}

#[tokio::test]
async fn an_app_that_outlives_a_crash_tells_the_new_epoch_on_every_node() {
    let server = Server::start(&["fsync=off"]);
    let nodes = [notes(relaxed(&server)).await, notes(relaxed(&server)).await];
    let first = epoch(&nodes[0].1).await.unwrap();
    write(&nodes[0].0).await;
    server.crash();
    server.resume();
    let second = back(&nodes[0].0, &nodes[0].1).await;
    assert_ne!(second, first);
    assert_eq!(back(&nodes[1].0, &nodes[1].1).await, second);
    // A connection that is lost without a crash is none.
    server.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sockful'",
    );
    assert_eq!(back(&nodes[0].0, &nodes[0].1).await, second);
}

#[tokio::test]
async fn a_crash_of_one_process_of_the_database_begins_another_epoch_under_relaxed() {
    let server = Server::start(&["fsync=off"]);
    let first = life(relaxed(&server)).await;
    let started = server.ask("SELECT pg_postmaster_start_time()");
    server.kill_one();
    assert_ne!(life(relaxed(&server)).await, first);
    assert_eq!(server.ask("SELECT pg_postmaster_start_time()"), started);
}

#[tokio::test]
async fn a_standby_that_takes_over_begins_another_epoch() {
    let server = Server::start(&["fsync=off"]);
    let first = life(full(&server)).await;
    let standby = server.standby();
    server.stop();
    standby.promote();
    let second = life(full(&standby)).await;
    assert_ne!(second, first);
    assert_eq!(life(full(&standby)).await, second);
}

#[tokio::test]
async fn a_dump_that_is_restored_begins_another_epoch() {
    for durability in [Durability::Full, Durability::Relaxed] {
        let place = Place::new();
        let builder = || place.builder().durability(durability);
        let first = life(builder()).await;
        let dump = shared().dump(&place.0);
        assert_eq!(life(builder()).await, first);
        // In the same place, where the server is the same.
        place.ask(&format!("DROP SCHEMA {} CASCADE", place.0));
        shared().ask(&dump);
        let second = life(builder()).await;
        assert_ne!(second, first);
        assert_eq!(life(builder()).await, second);
    }
}

#[tokio::test]
async fn an_epoch_is_renewed_by_hand() {
    let place = Place::new();
    let first = life(place.builder()).await;
    let store = place.builder().open().unwrap();
    store.renew_epoch().await.unwrap();
    let second = life(place.builder()).await;
    assert_ne!(second, first);
    assert_eq!(life(place.builder()).await, second);
}

#[tokio::test]
async fn a_database_that_is_yet_to_be_used_needs_no_other_epoch() {
    let store = Place::new().builder().open().unwrap();
    store.renew_epoch().await.unwrap();
}

#[tokio::test]
async fn a_user_without_any_rights_of_the_server_is_told_of_a_standby_too() {
    let server = Server::start(&["fsync=off"]);
    server.ask("CREATE ROLE plain LOGIN");
    server.ask("CREATE DATABASE plain OWNER plain");
    let builder = |server: &Server| {
        let url = server.url_of_socket().replace("tests@", "plain@");
        Postgres::builder(url.replace("/postgres", "/plain")).readers(2)
    };
    let first = life(builder(&server)).await;
    let standby = server.standby();
    server.stop();
    standby.promote();
    assert_ne!(life(builder(&standby)).await, first);
}

#[tokio::test]
async fn users_with_different_rights_share_one_epoch() {
    let server = Server::start(&["fsync=off"]);
    server.ask("CREATE ROLE plain LOGIN");
    server.ask("CREATE DATABASE plain OWNER plain");
    let builder = |server: &Server, user: &str| {
        let url = server.url_of_socket().replace("tests@", user);
        Postgres::builder(url.replace("/postgres", "/plain")).readers(2)
    };
    let mut deny = server.psql(
        "REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_walfile_name(pg_lsn) FROM PUBLIC",
    );
    assert!(deny.arg("--dbname=plain").status().expect("psql").success());
    let first = life(builder(&server, "plain@")).await;
    for user in ["tests@", "plain@", "tests@"] {
        assert_eq!(life(builder(&server, user)).await, first, "{user}");
    }
    let standby = server.standby();
    server.stop();
    standby.promote();
    // Whoever may not ask does not see it, and does not hide it either.
    assert_eq!(life(builder(&standby, "plain@")).await, first);
    let second = life(builder(&standby, "tests@")).await;
    assert_ne!(second, first);
    assert_eq!(life(builder(&standby, "plain@")).await, second);
}
