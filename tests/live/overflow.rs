//! Clients that do not read what they are told.

mod socket;

use std::time::Duration;

use serde_json::json;
use sockful::testing::TestClient;
use tokio::time::timeout;

use super::*;
use crate::support::raw::GUARD;

/// So much is handed over to a client of these tests that does not read.
const HANDED_OVER: usize = 4_096;

/// So many watches, each of which is told of every change.
const WATCHES: usize = 150;

async fn house() -> House {
    let house = House::with(|config| config.push_bytes = 50_000, |app| app).await;
    house.card("a", 10_000).await;
    house
}

async fn watch(client: &TestClient) {
    for size in 0..WATCHES {
        let query = json!({ "size": { "$gt": size } });
        client.call("card", "watch", query).await.result();
    }
}

/// Changes a record until the client has overflown.
async fn flood(house: &House, left: (usize, usize)) {
    let mut size = 10_000;
    while house.open() != left {
        size += 1;
        assert!(size < 11_000, "nothing overflows: {:?}", house.open());
        house.resizes("a", size).await;
    }
}

#[tokio::test]
async fn who_does_not_read_has_to_begin_anew_and_again_is_let_go() {
    let house = house().await;
    let (ann, bob) = (house.app.anonymous(), house.app.anonymous());
    watch(&ann).await;
    let watched = bob.call("card", "watch", json!({})).await;
    flood(&house, (1, 1)).await;
    // What was handed over, and why there is no more.
    let mut last = 0;
    let mut resets = 0;
    let mut pushes = 0;
    while resets < WATCHES {
        let event = hears(&ann).await;
        match event[0].as_str() {
            Some("sockful") => {
                assert_eq!(brief(&event), "reset overflow");
                assert!(event[3]["pos"].as_u64() > Some(last), "{event}");
                resets += 1;
            }
            _ => {
                assert_eq!(resets, 0, "nothing follows");
                last = event[3]["pos"].as_u64().unwrap();
                pushes += 1;
            }
        }
    }
    assert!(
        (HANDED_OVER..=HANDED_OVER + 2).contains(&pushes),
        "{pushes}"
    );
    // Others are told everything meanwhile.
    let mut before = watched.meta()["pos"].as_u64();
    let told = house.told(&bob).await;
    assert!(told.len() > HANDED_OVER / WATCHES);
    for event in &told {
        assert_eq!(event[3]["prev"].as_u64(), before, "{event}");
        before = event[3]["pos"].as_u64();
    }
    // It may begin anew, but not do so again.
    watch(&ann).await;
    flood(&house, (1, 1)).await;
    assert_eq!(ann.closing().await, "slow_consumer");
    house.card("b", 1).await;
    let told = house.brief(&bob).await;
    assert_eq!(told.last().map(String::as_str), Some("enter b"));
}

#[tokio::test(start_paused = true)]
async fn who_reads_nothing_at_all_is_let_go_at_its_deadline() {
    let house = house().await;
    let (ann, bob) = (house.app.anonymous(), house.app.anonymous());
    watch(&ann).await;
    bob.call("card", "watch", json!({})).await.result();
    for size in 0..30 {
        house.resizes("a", 10_001 + size).await;
    }
    const { assert!(30 * WATCHES > HANDED_OVER) };
    let begun = tokio::time::Instant::now();
    assert_eq!(ann.closing().await, "slow_consumer");
    let deadline = house.app.app().config().write_deadline;
    let took = begun.elapsed();
    assert!(took >= deadline.saturating_sub(Duration::from_secs(1)) && took < 2 * deadline);
    assert_eq!(house.app.app().load().sessions, 1);
    house.holds((1, 1)).await;
    assert_eq!(house.told(&bob).await.len(), 30);
}

#[tokio::test]
async fn a_later_overflow_is_forgiven() {
    tokio::time::pause();
    let house = house().await;
    let ann = house.app.anonymous();
    for _ in 0..2 {
        watch(&ann).await;
        flood(&house, (0, 0)).await;
        let reading = async {
            let mut resets = 0;
            while resets < WATCHES {
                resets += usize::from(hears(&ann).await[1] == "reset");
            }
        };
        timeout(GUARD, reading).await.expect("it is told so");
        tokio::time::sleep(Duration::from_secs(61)).await;
    }
    assert_eq!(ann.call("card", "count", json!({})).await.result(), 1);
}
