//! Whoever goes leaves nothing behind, at whatever moment.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::Load;
use sockful::prelude::*;
use tokio::time::{sleep, timeout};

use super::*;
use crate::support::counting::Counting;
use crate::support::raw::GUARD;
use crate::support::store;

/// Whoever is about to be answered these waits at the gate.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks, push = watch)]
struct Late {
    id: String,
}

impl Hooks for Late {
    async fn after_all(cx: &Cx, _: &mut [Self]) -> Result<()> {
        cx.state::<Gate>().pass().await;
        Ok(())
    }
}

async fn house() -> House {
    House::with(|_| {}, |app| app.resource::<Late>()).await
}

#[tokio::test]
async fn who_disconnects_leaves_no_group_and_no_session() {
    let house = house().await;
    let (ann, bob) = (house.app.anonymous(), house.of_team("bob", "red").await);
    for client in [&ann, &bob] {
        for size in 0..3 {
            let query = json!({ "size": size });
            client.call("card", "watch", query).await.result();
        }
    }
    house.holds((3, 6)).await;
    ann.disconnect().await;
    house.holds((3, 3)).await;
    drop(bob);
    let rest = async {
        while house.app.app().load() != Load::default() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(GUARD, rest).await.expect("nothing is left");
}

#[tokio::test]
async fn who_goes_while_a_watch_begins_leaves_nothing() {
    let house = house().await;
    let ann = house.app.anonymous();
    house.gate.close();
    let watching = tokio::spawn(ann.emit(&["late".into(), "watch".into(), json!({})]));
    house.gate.is_reached().await;
    house.holds((1, 0)).await;
    ann.disconnect().await;
    house.gate.open();
    assert!(watching.await.is_err(), "nobody was answered");
    house.comes_to_rest().await;
    assert_eq!(house.app.app().load(), Load::default());
}

#[tokio::test]
async fn a_watch_that_takes_too_long_leaves_nothing() {
    let house = house().await;
    let ann = house.app.anonymous();
    house.gate.close();
    let options = json!({ "timeout_ms": 20 });
    let refused = ann.call_with("late", "watch", json!({}), options).await;
    assert_eq!(refused.error()["code"], 408);
    house.gate.open();
    house.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_hundreds_who_come_and_go_at_any_moment_nobody_leaves_anything() {
    let house = Arc::new(house().await);
    let writer = {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            for number in 0..100 {
                house.card(&number.to_string(), number).await;
            }
        })
    };
    let visitors: Vec<_> = (0..300)
        .map(|seed| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                let mut dice = fastrand::Rng::with_seed(seed);
                let client = house.app.anonymous();
                let mut answers = Vec::new();
                for _ in 0..dice.usize(1..5) {
                    let query = json!({ "size": { "$gt": dice.u32(0..3) } });
                    let asked = client.emit(&["card".into(), "watch".into(), query]);
                    answers.push(tokio::spawn(asked));
                    if dice.bool() {
                        tokio::task::yield_now().await;
                    }
                }
                if dice.bool() {
                    client.disconnect().await;
                }
                drop(client);
                for answer in answers {
                    // Some are answered, others are not.
                    let _ = answer.await;
                }
            })
        })
        .collect();
    for visitor in visitors {
        visitor.await.unwrap();
    }
    writer.await.unwrap();
    let rest = async {
        while house.app.app().load() != Load::default() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(GUARD, rest).await.expect("nothing is left");
}

#[tokio::test(start_paused = true)]
async fn where_nobody_watches_the_store_is_left_alone() {
    let (counting, asked) = Counting::new(store());
    let looked = counting.looked();
    let house = House::on(counting, |_| {}, |app| app).await;
    let both = || asked.load(Ordering::SeqCst) + looked.load(Ordering::SeqCst);
    let minutes = async |count: u64| {
        let before = both();
        sleep(Duration::from_secs(60 * count)).await;
        both() - before
    };
    assert_eq!(minutes(10).await, 0, "nobody has watched");
    let before = asked.load(Ordering::SeqCst);
    house.card("a", 1).await;
    assert_eq!(asked.load(Ordering::SeqCst) - before, 1, "one commit");
    let ann = house.app.anonymous();
    ann.call("card", "watch", json!({})).await.result();
    assert!(minutes(1).await > 0, "somebody watches");
    ann.disconnect().await;
    // For who comes back it is looked after a while longer.
    minutes(6).await;
    assert_eq!(minutes(10).await, 0, "nobody watches any more");
    let before = asked.load(Ordering::SeqCst);
    house.card("b", 1).await;
    assert_eq!(asked.load(Ordering::SeqCst) - before, 1, "one commit");
    let bob = house.app.anonymous();
    let watched = bob.call("card", "watch", json!({})).await;
    assert_eq!(
        watched.result()["records"].as_array().map(Vec::len),
        Some(2)
    );
    house.card("c", 1).await;
    assert_eq!(house.brief(&bob).await, ["enter c"]);
}
