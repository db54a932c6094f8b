//! A server that cannot use its database says why when it starts.

use sockful::prelude::*;
use sockful::store::StoreError;

use super::{Note, Place, client, create, notes, op, refused};
use crate::support::postgres::shared;

fn with(url: &str) -> sockful::AppBuilder {
    let store = Postgres::open(url).expect("the URL is one");
    App::builder().store(store).resource::<Note>()
}

#[track_caller]
fn holds(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("secret"), "a password is told: {error}");
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_at_once() {
    for url in [
        "",
        "app.db",
        "postgres://",
        "postgres://u:secret@h:port/d",
        "mysql://u:secret@h/d",
    ] {
        let error = Postgres::open(url).unwrap_err();
        assert!(matches!(error, StoreError::Failed(_)), "{url}");
        holds(&error.to_string(), &["the URL of the database"]);
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_told_of() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("postgres://tests:secret@127.0.0.1:{port}/postgres");
    let error = refused(with(&url)).await;
    holds(&error, &[&format!("127.0.0.1:{port}"), "refused"]);
}

#[tokio::test]
async fn a_wrong_password_is_told_of() {
    let error = refused(with(&shared().url_of("tests", "secret", "postgres"))).await;
    holds(
        &error,
        &["password authentication failed for user \"tests\""],
    );
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_of() {
    let url = shared().url().replace("/postgres", "/nowhere");
    let url = url.replace("nowhere://", "postgres://");
    let error = refused(with(&url)).await;
    holds(&error, &["database \"nowhere\" does not exist"]);
}

#[tokio::test]
async fn a_database_of_another_encoding_is_told_of() {
    shared().ask("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C'");
    let url = shared().url().replace("/postgres", "/latin");
    let url = url.replace("latin://", "postgres://");
    let error = refused(with(&url)).await;
    holds(&error, &["encoded in LATIN1: UTF8 is needed"]);
}

#[tokio::test]
async fn a_socket_of_the_machine_serves_as_well() {
    let place = Place::new();
    let store = Postgres::builder(shared().url_of_socket()).schema(&place.0);
    let (app, _store) = notes(store).await;
    app.system().create(Note::new("a")).await.unwrap();
    assert_eq!(place.ask("SELECT id FROM note"), "a");
}

#[tokio::test]
async fn without_migrations_what_is_missing_is_told_of() {
    let place = Place::new();
    let store = || place.builder().migrate(false).open().unwrap();
    let app = App::builder().store(store()).resource::<Note>();
    holds(
        &refused(app).await,
        &["migrations are switched off", "CREATE TABLE \"note\""],
    );
    assert_eq!(
        place.ask("SELECT count(*) FROM pg_namespace WHERE nspname = current_schema()"),
        "0"
    );
    let _made = place.notes().await;
    let (app, _store) = notes(place.builder().migrate(false)).await;
    app.system().create(Note::new("a")).await.unwrap();
}

#[tokio::test]
async fn a_store_that_was_never_opened_plans_all_the_same() {
    let place = Place::new();
    let (app, _store) = place.notes().await;
    let schemas: Vec<_> = app.schemas().cloned().map(std::sync::Arc::new).collect();
    let fresh = Place::new().builder().open().unwrap();
    let plan = sockful::store::Store::plan(&fresh, &schemas).await.unwrap();
    assert!(plan[0].starts_with("CREATE SCHEMA"), "{plan:?}");
    let known = place.builder().open().unwrap();
    let plan = sockful::store::Store::plan(&known, &schemas).await.unwrap();
    assert!(plan.is_empty(), "{plan:?}");
}

#[tokio::test]
async fn several_that_start_at_once_do_not_trip_over_each_other() {
    let place = Place::new();
    let nodes = futures_util::future::join_all((0..4).map(|_| place.notes())).await;
    for (number, (app, _store)) in nodes.iter().enumerate() {
        let created = create(&client(app), &number.to_string(), &op(number)).await;
        assert!(created.is_ok(), "{created:?}");
    }
    assert_eq!(place.ask("SELECT count(*) FROM note"), "4");
}

#[tokio::test]
async fn what_others_have_under_a_name_of_ours_is_told_of() {
    for (name, theirs) in [
        (
            "sockful_meta",
            "CREATE TABLE sockful_meta (key text, value text)",
        ),
        (
            "sockful_meta",
            "CREATE VIEW sockful_meta AS SELECT 'a'::text AS key, 'b'::text AS value",
        ),
        (
            "sockful_log",
            "CREATE TABLE sockful_log (pos bigint PRIMARY KEY)",
        ),
        ("sockful_ledger", "CREATE SEQUENCE sockful_ledger"),
        (
            "sockful_ledger_at",
            "CREATE TABLE theirs (at timestamptz); CREATE INDEX sockful_ledger_at ON theirs (at)",
        ),
    ] {
        let place = Place::new();
        shared().ask(&format!("CREATE SCHEMA {}", place.0));
        place.ask(theirs);
        let app = App::builder().store(place.builder().open().unwrap());
        let error = refused(app.resource::<Note>()).await;
        let reason = format!("`{name}` in the database was not made by this version of sockful");
        holds(&error, &[&reason, "another program has taken its name"]);
        // Nothing was made beside it.
        let made = "SELECT count(*) FROM pg_class WHERE relname = 'note' \
                    AND relnamespace = current_schema()::regnamespace";
        assert_eq!(place.ask(made), "0", "{theirs}");
    }
}

#[tokio::test]
async fn tables_of_ours_that_were_changed_are_told_of() {
    for (name, change) in [
        (
            "sockful_log",
            "ALTER TABLE sockful_log ADD COLUMN theirs text",
        ),
        (
            "sockful_schema",
            "ALTER TABLE sockful_schema ALTER COLUMN hash TYPE text COLLATE \"POSIX\"",
        ),
        (
            "sockful_migrations",
            "ALTER TABLE sockful_migrations DROP CONSTRAINT sockful_migrations_pkey",
        ),
        (
            "sockful_ledger",
            "ALTER TABLE sockful_ledger ALTER COLUMN answer DROP NOT NULL",
        ),
        (
            "sockful_ledger_at",
            "DROP INDEX sockful_ledger_at; CREATE INDEX sockful_ledger_at ON sockful_ledger (op)",
        ),
        ("sockful_life", "ALTER TABLE sockful_life SET LOGGED"),
    ] {
        let place = Place::new();
        drop(place.notes().await);
        place.ask(change);
        let app = App::builder().store(place.builder().open().unwrap());
        let error = refused(app.resource::<Note>()).await;
        holds(&error, &[&format!("`{name}` in the database was not made")]);
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_told_of() {
    let place = Place::new();
    drop(place.notes().await);
    // What is not known yet is not judged by what is.
    place.ask(
        "UPDATE sockful_meta SET value = '2' WHERE key = 'format'; ALTER TABLE sockful_log ADD COLUMN later text",
    );
    let app = App::builder().store(place.builder().open().unwrap());
    let error = refused(app.resource::<Note>()).await;
    holds(&error, &["the database has the format 2", "knows 1"]);
}
