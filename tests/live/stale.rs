//! Rights that change while somebody begins to watch: after the records were read, and before the first push.

use serde_json::json;
use sockful::Pushed;
use sockful::prelude::*;

use super::*;
use crate::support::staged::Staged;
use crate::support::store;
use crate::support::store::TestStore;

/// A house whose lists can be held up, a note of each team, and Ann, who is of the red one.
async fn house() -> (House, Staged) {
    let store = Staged::new(store());
    let house = House::on(TestStore::here(store.clone()), |_| {}, |app| app).await;
    house.note("red", "red").await;
    house.note("blue", "blue").await;
    house.moves("ann", "red").await;
    (house, store)
}

/// Ann changes sides while what she has read is on its way to her.
async fn changes_sides(house: &House, store: &Staged) {
    store.lists().is_reached().await;
    house.moves("ann", "blue").await;
    // Of the red team alone, and after she has left it.
    house.note("later", "red").await;
    house.writes("red", "not for blue").await;
    house.writes("blue", "for blue").await;
    store.lists().open();
}

#[tokio::test]
async fn a_stream_that_was_read_by_rights_of_before_goes_on_by_those_of_now() {
    let (house, store) = house().await;
    let cx = house.app.app().on_behalf_of("ann").await.unwrap();
    store.lists().close();
    let (notes, ()) = tokio::join!(cx.watch(Note::query()), changes_sides(&house, &store));
    let mut notes = notes.unwrap();
    let mut held: Vec<_> = notes.records().into_iter().map(|note| note.id).collect();
    assert_eq!(held, ["red"], "as it was read");
    let mut told = Vec::new();
    while held != ["blue"] {
        match notes.next().await.expect("it goes on").unwrap() {
            Pushed::Enter(note) | Pushed::Update(note) => {
                told.push(note.text);
                held.retain(|id| *id != note.id);
                held.push(note.id);
            }
            Pushed::Leave(id) => held.retain(|it| *it != id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, ["for blue"]);
    house.note("secret", "red").await;
    house.note("open", "blue").await;
    let Some(Ok(Pushed::Enter(note))) = notes.next().await else {
        panic!("it enters");
    };
    assert_eq!(note.id, "open");
}

#[tokio::test]
async fn a_watch_that_was_read_by_rights_of_before_goes_on_by_those_of_now() {
    let (house, store) = house().await;
    let ann = house.app.login("ann");
    ann.call("note", "count", json!({})).await.result();
    store.lists().close();
    let watching = ann.call("note", "watch", json!({}));
    let (watched, ()) = tokio::join!(watching, changes_sides(&house, &store));
    let view = &watched.meta()["view"];
    let records = &watched.result()["records"];
    let (mut held, mut last) = (vec![], watched.meta()["pos"].as_u64());
    let ids = records.as_array().unwrap().iter();
    held.extend(ids.map(|note| note["id"].as_str().unwrap().to_owned()));
    assert_eq!(held, ["red"], "as it was read");
    let mut now = view.clone();
    while held != ["blue"] {
        let event = hears(&ann).await;
        let meta = &event[3];
        assert!(
            meta["pos"].as_u64() > last,
            "what is old is dropped: {event}"
        );
        assert!(meta["prev"].as_u64() <= last, "a gap: {event}");
        assert!(!event.to_string().contains("not for blue"), "{event}");
        last = meta["pos"].as_u64();
        if !meta["view"].is_null() {
            now = meta["view"].clone();
        }
        for brief in brief(&event).split(" + ") {
            let (action, id) = brief.split_once(' ').unwrap();
            held.retain(|it| it != id);
            if action != "leave" {
                held.push(id.to_owned());
            }
        }
    }
    assert_ne!(now, *view, "another view");
    house.note("secret", "red").await;
    house.note("open", "blue").await;
    assert_eq!(house.brief(&ann).await, ["enter open"]);
}
