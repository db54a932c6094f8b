//! Rights that are looked at again: what has not changed is not interrupted, and what has is told however long ago that was.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;
use tokio::time::sleep;

use super::super::house::{Note, User, heard};
use super::super::*;

/// The ring holds three transactions, and clients miss none of this many.
async fn noise(house: &House, ids: std::ops::Range<u32>) {
    for id in ids {
        house.card(&id.to_string(), id).await;
    }
}

#[tokio::test]
async fn a_quiet_watch_goes_on_however_much_has_happened_elsewhere() {
    let house = House::with(|config| config.max_replay = 3, |app| app).await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    noise(&house, 0..20).await;
    house.app.app().reauthorise("ann");
    house.writes("1", "new").await;
    assert_eq!(brief(&hears(&ann).await), "update 1");
    noise(&house, 20..40).await;
    house.app.app().reauthorise("ann");
    house.writes("1", "newer").await;
    let told = hears(&ann).await;
    assert_eq!(brief(&told), "update 1");
    assert_eq!(house.brief(&ann).await, [""; 0]);
}

#[tokio::test]
async fn what_differs_is_told_however_much_has_happened_elsewhere() {
    let house = House::with(|config| config.max_replay = 3, |app| app).await;
    house.note("1", "red").await;
    house.note("2", "blue").await;
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    noise(&house, 0..20).await;
    house.moves("ann", "blue").await;
    assert_eq!(brief(&hears(&ann).await), "leave 1 + enter 2");
}

#[tokio::test(start_paused = true)]
async fn who_keeps_calling_is_not_told_by_rights_of_long_ago() {
    // Changed by another program: nobody here sees it.
    let team = Arc::new(Mutex::new("red"));
    let known = Arc::clone(&team);
    let app = App::builder().store(Memory::new()).resource::<Note>();
    let app = app.user(move |_: Cx, _: String| {
        let team = (*known.lock().unwrap()).to_owned();
        async move { Ok(Some(User { team })) }
    });
    let app = TestApp::new(app.build().await.unwrap());
    for (id, team) in [("1", "red"), ("2", "blue")] {
        let note = Note::of(id, team);
        app.app().system().create(note).await.unwrap();
    }
    let ann = app.login("ann");
    ann.call("note", "watch", json!({})).await.result();
    *team.lock().unwrap() = "blue";
    let mut told = Vec::new();
    for _ in 0..310 {
        sleep(Duration::from_secs(1)).await;
        ann.call("note", "count", json!({})).await.result();
        told.extend(std::iter::from_fn(|| heard(&ann)).map(|it| brief(&it)));
    }
    told.retain(|it| it.contains("enter") || it.contains("leave"));
    assert_eq!(told, ["leave 1 + enter 2"]);
}

#[tokio::test]
async fn where_rights_are_asked_for_each_time_a_watch_goes_on() {
    let house = House::with(|it| it.facts_max_age = Duration::ZERO, |app| app).await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    for text in ["new", "newer", "newest"] {
        ann.call("note", "count", json!({})).await.result();
        house.writes("1", text).await;
        assert_eq!(brief(&hears(&ann).await), "update 1");
    }
}
