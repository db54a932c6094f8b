//! How much one may watch.

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::query::Find;

use super::*;

/// Whoever asks for these waits at the gate.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Slow {
    id: String,
    #[serde(default)]
    size: u32,
}

impl Hooks for Slow {
    async fn before_all(cx: &Cx, _: &mut Find<Self>) -> Result<()> {
        cx.state::<Gate>().pass().await;
        Ok(())
    }
}

fn reason(answer: &sockful::testing::Answer) -> &Value {
    assert_eq!(answer.error()["code"], 429);
    &answer.error()["reason"]
}

#[tokio::test]
async fn of_10_000_watches_so_many_begin_as_one_may_have() {
    let house = House::new().await;
    let neighbour = house.app.anonymous();
    let watched = json!({ "size": 10_000 });
    neighbour.call("card", "watch", watched).await.result();
    let ann = house.app.anonymous();
    let mut begun = 0;
    for turn in 0..10 {
        let watches = (0..1_000).map(|size| {
            let query = json!({ "size": turn * 1_000 + size });
            ann.emit(&["card".into(), "watch".into(), query])
        });
        for answer in join_all(watches).await {
            if answer.is_ok() {
                begun += 1;
            } else {
                assert_eq!(reason(&answer), "too_many_watches");
            }
        }
    }
    assert_eq!(begun, 200);
    house.holds((201, 201)).await;
    // One that is watched may be watched anew.
    let again = ann.call("card", "watch", json!({ "size": 7 })).await;
    again.result();
    let ended = ann.call("card", "unwatch", again.result()["watch"].clone());
    ended.await.result();
    ann.call("card", "watch", json!({ "size": 99_999 }))
        .await
        .result();
    house.card("a", 10_000).await;
    assert_eq!(house.brief(&neighbour).await, ["enter a"]);
    ann.disconnect().await;
    house.holds((1, 1)).await;
}

#[tokio::test]
async fn watches_that_begin_at_once_are_no_more_than_one_may_have() {
    let house = House::with(
        |config| config.max_watches = 3,
        |app| app.resource::<Slow>(),
    )
    .await;
    let ann = house.app.anonymous();
    house.gate.close();
    let watches: Vec<_> = (0..10)
        .map(|size| {
            let query = json!({ "size": size });
            tokio::spawn(ann.emit(&["slow".into(), "watch".into(), query]))
        })
        .collect();
    house.gate.is_reached().await;
    house.gate.open();
    let mut begun = 0;
    for answer in join_all(watches).await {
        let answer = answer.unwrap();
        if answer.is_ok() {
            begun += 1;
        } else {
            assert_eq!(reason(&answer), "too_many_watches");
        }
    }
    assert_eq!(begun, 3);
    house.holds((3, 3)).await;
}

#[tokio::test]
async fn watches_that_every_change_is_held_against_are_few() {
    let house = House::with(|config| config.watch_scan = 3, |app| app).await;
    let (ann, bob) = (house.app.anonymous(), house.app.anonymous());
    let not = |size: u32| json!({ "size": { "$ne": size } });
    for size in 0..3 {
        ann.call("card", "watch", not(size)).await.result();
    }
    let refused = bob.call("card", "watch", not(3)).await;
    assert_eq!(reason(&refused), "too_many_scans");
    // What is watched already costs nothing more, nor does what a value leads to.
    bob.call("card", "watch", not(2)).await.result();
    bob.call("card", "watch", json!({ "size": 3 }))
        .await
        .result();
    house.holds((4, 5)).await;
    ann.disconnect().await;
    bob.call("card", "watch", not(3)).await.result();
}

#[tokio::test]
async fn a_watch_that_would_begin_with_too_much_is_refused_and_leaves_nothing() {
    let change = |config: &mut sockful::Config| config.max_snapshot = 2;
    let house = House::with(change, |app| app).await;
    for id in ["a", "b", "c"] {
        house.card(id, 1).await;
    }
    let ann = house.app.anonymous();
    let refused = ann.call("card", "watch", json!({})).await;
    let error = refused.error();
    assert_eq!(
        (&error["code"], &error["reason"]),
        (&json!(400), &json!("snapshot_too_large"))
    );
    house.holds((0, 0)).await;
    let query = json!({ "id": { "$in": ["a", "b"] } });
    ann.call("card", "watch", query).await.result();
    // It may become more.
    house.card("d", 1).await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
}

#[tokio::test]
async fn a_watch_that_would_begin_with_more_than_an_answer_holds_is_refused() {
    let change = |config: &mut sockful::Config| {
        config.max_answer = 20_000;
        config.page_bytes = 20_000;
    };
    let house = House::with(change, |app| app).await;
    let ann = house.app.anonymous();
    for id in ["a", "b", "c"] {
        let card = json!({ "id": id, "title": "t".repeat(9_000) });
        ann.call("card", "create", card).await.result();
    }
    let refused = ann.call("card", "watch", json!({})).await;
    assert_eq!(refused.error()["reason"], "snapshot_too_large");
    house.holds((0, 0)).await;
    let ids = json!({ "$select": ["id"] });
    ann.call("card", "watch", ids).await.result();
}
