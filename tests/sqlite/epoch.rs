//! The epoch changes where positions that were acknowledged may be given a second time, and stays otherwise.

use std::mem;

use sockful::store::{Durability, SqliteBuilder, Store};
use sockful::{App, Sqlite};

use super::{Database, Note, epoch, notes, stranger};

/// An app lives and writes; answers its epoch.
async fn life(builder: SqliteBuilder) -> String {
    let (app, store) = notes(builder).await;
    let created = app.system().create(Note::new(uuid())).await;
    created.expect("it is created");
    epoch(&store).await
}

/// An app lives, and is killed: nothing is closed.
async fn killed(builder: SqliteBuilder) -> String {
    let (app, store) = notes(builder).await;
    let created = app.system().create(Note::new(uuid())).await;
    created.expect("it is created");
    let epoch = epoch(&store).await;
    mem::forget((app, store));
    epoch
}

fn uuid() -> String {
    sockful::Id::<Note>::new().to_string()
}

fn relaxed(database: &Database) -> SqliteBuilder {
    database.builder().durability(Durability::Relaxed)
}

#[tokio::test]
async fn a_relaxed_store_that_was_closed_goes_on_in_its_epoch() {
    let database = Database::new();
    let first = life(relaxed(&database)).await;
    assert_eq!(life(relaxed(&database)).await, first);
    assert_eq!(life(database.builder()).await, first);
    assert_eq!(life(relaxed(&database)).await, first);
}

#[tokio::test]
async fn a_relaxed_store_that_was_killed_begins_another_epoch_once() {
    for after in [Durability::Full, Durability::Relaxed] {
        let database = Database::new();
        let first = killed(relaxed(&database)).await;
        let second = life(database.builder().durability(after)).await;
        assert_ne!(first, second);
        assert_eq!(life(database.builder().durability(after)).await, second);
    }
}

#[tokio::test]
async fn a_store_that_was_killed_with_everything_on_the_disk_goes_on_in_its_epoch() {
    let database = Database::new();
    let first = killed(database.builder()).await;
    assert_eq!(life(database.builder()).await, first);
}

#[tokio::test]
async fn a_store_that_ends_late_does_not_answer_for_the_next() {
    let database = Database::new();
    let (app, store) = notes(relaxed(&database)).await;
    let second = killed(relaxed(&database)).await;
    drop((app, store));
    assert_ne!(life(relaxed(&database)).await, second);
}

#[tokio::test]
async fn a_relaxed_store_that_is_killed_is_seen_whoever_was_opened_beside_it() {
    for beside in [Durability::Full, Durability::Relaxed] {
        let database = Database::new();
        let (app, store) = notes(relaxed(&database)).await;
        life(database.builder().durability(beside)).await;
        app.system().create(Note::new(uuid())).await.unwrap();
        let second = epoch(&store).await;
        mem::forget((app, store));
        let third = life(database.builder()).await;
        assert_ne!(third, second, "{beside:?}");
        assert_eq!(life(database.builder()).await, third);
    }
}

#[tokio::test]
async fn a_relaxed_store_that_ends_is_closed_whoever_was_opened_beside_it() {
    let database = Database::new();
    let second = {
        let (app, store) = notes(relaxed(&database)).await;
        life(database.builder()).await;
        app.system().create(Note::new(uuid())).await.unwrap();
        epoch(&store).await
    };
    assert_eq!(life(database.builder()).await, second);
}

#[tokio::test]
async fn a_second_app_on_a_relaxed_store_is_refused_and_the_first_stays_in_its_epoch() {
    let database = Database::new();
    let (_app, store) = notes(relaxed(&database)).await;
    let first = epoch(&store).await;
    let second = App::builder().store(store.clone()).resource::<Note>();
    let refused = second.build().await.unwrap_err().to_string();
    assert!(refused.contains("open already"), "{refused}");
    assert_eq!(epoch(&store).await, first);
}

#[tokio::test]
async fn a_copied_file_is_given_another_epoch_by_hand() {
    let database = Database::new();
    let first = life(database.builder()).await;
    let copy = database.file("copy.db");
    // As by `sqlite3 app.db ".clone copy.db"`: with what is still in the write-ahead log.
    let vacuum = format!("VACUUM INTO '{}'", copy.display());
    stranger(database.file("app.db"))
        .execute_batch(&vacuum)
        .unwrap();
    let renewed = {
        let store = Sqlite::open(&copy).unwrap();
        store.renew_epoch().await.unwrap();
        store.epoch().await.unwrap().expect("an epoch")
    };
    assert_ne!(*renewed, *first);
    assert_eq!(life(Sqlite::builder(&copy)).await, *renewed);
    assert_eq!(life(database.builder()).await, first);
}

#[tokio::test]
async fn an_epoch_that_is_renewed_while_an_app_runs_is_told_by_its_store() {
    let database = Database::new();
    let (_app, store) = database.notes().await;
    let first = epoch(&store).await;
    assert_eq!(store.epoch().await.unwrap().as_deref(), Some(&*first));
    store.renew_epoch().await.unwrap();
    let renewed = store.epoch().await.unwrap().expect("an epoch");
    assert_ne!(*renewed, *first);
    assert_eq!(epoch(&store).await, *renewed);
}

#[tokio::test]
async fn a_file_that_is_yet_to_be_used_needs_no_other_epoch() {
    let database = Database::new();
    let store = Sqlite::open(database.file("app.db")).unwrap();
    store.renew_epoch().await.unwrap();
}

#[tokio::test]
async fn a_backup_of_a_relaxed_store_is_complete() {
    let database = Database::new();
    let copy = database.file("copy.db");
    {
        let (_app, store) = notes(relaxed(&database)).await;
        store.backup(&copy).await.unwrap();
    }
    let asked = "SELECT value FROM sockful_meta WHERE key = 'epoch'";
    let given = stranger(copy.clone()).query_row(asked, [], |row| row.get::<_, String>(0));
    assert_eq!(life(Sqlite::builder(&copy)).await, given.unwrap());
}
