//! An app says what it can promise with the store it has.

use sockful::prelude::*;
use sockful::store::{Durability, Store};

use crate::support::folder::Folder;

async fn held(store: impl Store) -> Vec<(&'static str, bool)> {
    let app = App::builder().store(store).build().await;
    let app = app.expect("an app without resources");
    app.promises().map(|it| (it.name, it.holds)).collect()
}

#[tokio::test]
async fn a_file_keeps_every_promise() {
    let folder = Folder::new("promises");
    let store = Sqlite::open(folder.path().join("app.db")).expect("a file");
    let all = [("durable", true), ("once", true), ("resumed", true)];
    assert_eq!(held(store).await, all);
}

#[tokio::test]
async fn a_relaxed_file_may_lose_the_last_moments() {
    let folder = Folder::new("promises");
    let store = Sqlite::builder(folder.path().join("app.db")).durability(Durability::Relaxed);
    let store = store.open().expect("a file");
    let most = [("durable", false), ("once", false), ("resumed", true)];
    assert_eq!(held(store).await, most);
}

#[tokio::test]
async fn what_is_in_memory_ends_with_the_process() {
    let none = [("durable", false), ("once", false), ("resumed", false)];
    assert_eq!(held(Memory::new()).await, none);
    assert_eq!(held(Sqlite::in_memory().expect("memory")).await, none);
}
