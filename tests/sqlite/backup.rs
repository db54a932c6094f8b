//! A backup is a whole database of one moment, made while others write.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use sockful::store::{BackupProgress, Store};
use sockful::{App, Resource, Sqlite};

use super::{Database, Note, epoch, notes};

async fn filled(database: &Database) -> (App, Sqlite) {
    let (app, store) = database.notes().await;
    let cx = app.system();
    let creates = (0..500).map(|id| cx.create(Note::new(id.to_string())));
    assert!(join_all(creates).await.iter().all(Result::is_ok));
    (app, store)
}

#[tokio::test]
async fn a_backup_has_every_record_and_begins_another_life_of_the_log() {
    let database = Database::new();
    let (app, store) = filled(&database).await;
    let copy = database.file("copy.db");
    // Commits that come meanwhile do not begin it anew.
    let cx = app.system();
    let writing = async {
        for id in 0..50 {
            cx.create(Note::new(format!("meanwhile {id}")))
                .await
                .unwrap();
        }
    };
    let (made, ()) = tokio::join!(store.backup(&copy), writing);
    made.unwrap();
    assert_eq!(names(&database), ["app.db", "copy.db"]);

    let (restored, copied) = notes(Sqlite::builder(&copy)).await;
    let cx = restored.system();
    let count = cx.count::<Note>(Note::query()).await.unwrap();
    assert!((500..=550).contains(&count), "{count}");
    assert_eq!(copied.log().await.unwrap().to, count);
    assert_ne!(epoch(&copied).await, epoch(&store).await);
    cx.create(Note::new("after")).await.unwrap();
}

/// The files beside the database, without those SQLite keeps beside an open one.
fn names(database: &Database) -> Vec<String> {
    let entries = std::fs::read_dir(database.folder.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.contains(".db-")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_tells_how_far_it_is() {
    let database = Database::new();
    let (_app, store) = filled(&database).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes: Arc<Mutex<Vec<BackupProgress>>> = seen.clone();
    let progress = move |progress| notes.lock().unwrap().push(progress);
    store
        .backup_with(database.file("copy.db"), progress)
        .await
        .unwrap();
    let seen = seen.lock().unwrap();
    let last = seen.last().expect("it has told");
    assert!(last.total > 0 && last.done == last.total, "{last:?}");
}

#[tokio::test]
async fn a_backup_overwrites_nothing() {
    let database = Database::new();
    let (_app, store) = filled(&database).await;
    let copy = database.file("copy.db");
    std::fs::write(&copy, "precious").unwrap();
    let error = store.backup(&copy).await.unwrap_err().to_string();
    assert!(error.contains("exists already"), "{error}");
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), "precious");
}

#[tokio::test]
async fn a_database_in_memory_can_be_backed_up_too() {
    let database = Database::new();
    let store = Sqlite::in_memory().unwrap();
    let app = App::builder().store(store.clone()).resource::<Note>();
    let app = app.build().await.unwrap();
    app.system().create(Note::new("a")).await.unwrap();
    store.backup(database.file("copy.db")).await.unwrap();
    let (restored, _) = notes(Sqlite::builder(database.file("copy.db"))).await;
    assert!(restored.system().get::<Note>(&"a".into()).await.is_ok());
}
