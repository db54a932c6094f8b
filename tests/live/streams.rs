//! What Rust code watches.

use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use sockful::Pushed;
use sockful::prelude::*;

use super::*;

#[tokio::test]
async fn a_stream_tells_what_enters_changes_and_leaves() {
    let house = House::new().await;
    house.card("old", 7).await;
    house.card("small", 1).await;
    let query = Card::query().filter(filter!(|c: Card| c.size > 5_u32));
    let mut cards = house.app.app().watch(query).await.unwrap();
    assert_eq!(cards.records(), [Card::new("old", 7)]);
    house.card("a", 9).await;
    house.resizes("a", 8).await;
    house.resizes("a", 2).await;
    for expected in [
        Pushed::Enter(Card::new("a", 9)),
        Pushed::Update(Card::new("a", 8)),
        Pushed::Leave("a".to_owned()),
    ] {
        let told = cards.next().await.expect("it goes on");
        assert_eq!(told.unwrap(), expected);
    }
    assert!(StreamExt::next(&mut cards).now_or_never().is_none());
    let system = house.app.app().system();
    let id = "old".to_owned();
    let priced = system.update::<Card, _, _>(&id, |it| it.cost = Some(3));
    priced.await.unwrap();
    // Rust code sees what is private.
    let Some(Ok(Pushed::Update(old))) = StreamExt::next(&mut cards).await else {
        panic!("an update");
    };
    assert_eq!(old.cost, Some(3));
}

#[tokio::test]
async fn a_stream_on_behalf_of_somebody_tells_what_they_may_read() {
    let house = House::new().await;
    house.moves("ann", "red").await;
    house.note("1", "red").await;
    house.note("2", "blue").await;
    let cx = house.app.app().on_behalf_of("ann").await.unwrap();
    let mut notes = cx.watch(Note::query()).await.unwrap();
    let records: Vec<_> = notes.records().into_iter().map(|note| note.id).collect();
    assert_eq!(records, ["1"]);
    house.note("3", "blue").await;
    house.moves("ann", "blue").await;
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(match notes.next().await.unwrap().unwrap() {
            Pushed::Enter(note) => format!("enter {}", note.id),
            Pushed::Leave(id) => format!("leave {id}"),
            other => panic!("{other:?}"),
        });
    }
    told.sort();
    assert_eq!(told, ["enter 2", "enter 3", "leave 1"]);
    house.writes("1", "not for blue").await;
    assert!(notes.next().now_or_never().is_none());
    house.app.app().revoke("ann");
    house.writes("2", "not for her").await;
    assert!(matches!(notes.next().await, Some(Ok(Pushed::Reset))));
    assert!(notes.next().await.is_none());
    house.comes_to_rest().await;
}

#[tokio::test]
async fn a_stream_that_nobody_reads_ends_with_a_reset() {
    let house = House::with(|config| config.push_bytes = 5_000, |app| app).await;
    let mut cards = house.app.app().watch(Card::query()).await.unwrap();
    for number in 0..100 {
        house.card(&number.to_string(), number).await;
    }
    house.holds((0, 0)).await;
    assert!(matches!(cards.next().await, Some(Ok(Pushed::Reset))));
    assert!(cards.next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_is_dropped_is_watched_no_more() {
    let house = House::new().await;
    let streams = [
        house.app.app().watch(Card::query()).await.unwrap(),
        house.app.app().watch(Card::query()).await.unwrap(),
    ];
    house.holds((1, 2)).await;
    drop(streams);
    house.holds((0, 0)).await;
}

#[tokio::test]
async fn a_stream_is_of_all_that_matches() {
    let house = House::new().await;
    for query in [
        Card::query().limit(5),
        Card::query().skip(5),
        Card::query().after(&"a".to_owned()),
        Card::query().sort(sort!(|card: Card| card.size)),
    ] {
        let refused = house.app.app().watch(query).await.unwrap_err();
        assert_eq!(json!(refused)["reason"], "invalid_query");
    }
    house.holds((0, 0)).await;
}
