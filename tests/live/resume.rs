//! Going on after an interruption: nothing was missed, what was is told, or all of it is to be read anew; and it is said which.

mod restart;
mod rights;

use serde_json::{Value, json};
use sockful::testing::{Answer, TestClient};

use super::*;

/// What a client has of a watch, as it says when it comes back.
pub(super) fn sub(resource: &str, query: &Value, watched: &Answer) -> Value {
    json!({
        "resource": resource, "query": query, "watch": watched.result()["watch"],
        "pos": watched.meta()["pos"], "view": watched.meta()["view"],
    })
}

pub(super) fn resume(watched: &Answer, subs: &[Value]) -> Value {
    json!({ "epoch": watched.meta()["epoch"], "subs": subs })
}

/// A client that says when it connects what it has, and what it is told of that.
async fn comes_back(house: &House, resume: &Value) -> (TestClient, Value) {
    let shown = json!({ "resume": resume });
    let client = house.app.handshake().auth(&shown).connect().await;
    let client = client.expect("it may connect");
    let told = hears(&client).await;
    assert_eq!(
        (&told[0], &told[1]),
        (&json!("sockful"), &json!("resumed")),
        "before anything else"
    );
    (client, told[2].clone())
}

fn all() -> Value {
    json!({})
}

#[tokio::test]
async fn who_has_missed_nothing_goes_on() {
    let house = House::new().await;
    house.card("a", 1).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    ann.disconnect().await;
    let has = resume(&watched, &[sub("card", &all(), &watched)]);
    let (ann, told) = comes_back(&house, &has).await;
    let expected = json!({ "epoch": watched.meta()["epoch"], "subs": [{
        "outcome": "nothing", "resource": "card", "watch": watched.result()["watch"],
        "pos": watched.meta()["pos"], "view": watched.meta()["view"],
    }] });
    assert_eq!(told, expected);
    house.card("b", 1).await;
    assert_eq!(house.brief(&ann).await, ["enter b"]);
}

#[tokio::test]
async fn what_is_asked_at_once_is_answered_behind_what_was_missed() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    ann.disconnect().await;
    house.card("a", 1).await;
    let has = json!({ "resume": resume(&watched, &[sub("card", &all(), &watched)]) });
    let ann = house.app.handshake().auth(&has).connect().await.unwrap();
    let asked = ann.emit(&["card".into(), "count".into(), json!({})]);
    assert_eq!(asked.await.result(), &json!(1));
    let told = [heard(&ann), heard(&ann)].map(|event| brief(&event.expect("told before")));
    assert_eq!(told, ["resumed", "enter a"]);
}

#[tokio::test]
async fn who_has_missed_something_is_told_it_in_order() {
    let house = House::new().await;
    house.card("a", 1).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    ann.disconnect().await;
    house.card("b", 1).await;
    house.resizes("a", 2).await;
    let system = house.app.app().system();
    system.destroy::<Card>(&"b".to_owned()).await.unwrap();
    let has = resume(&watched, &[sub("card", &all(), &watched)]);
    let (ann, told) = comes_back(&house, &has).await;
    let outcome = &told["subs"][0];
    assert_eq!(
        (&outcome["outcome"], &outcome["n"]),
        (&json!("replayed"), &json!(3))
    );
    house.card("c", 1).await;
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["enter b", "update a", "leave b", "enter c"]);
    let mut last = watched.meta()["pos"].as_u64();
    for event in &told {
        assert!(event[3]["prev"].as_u64() <= last, "a gap: {event}");
        assert_eq!(event[3]["watch"], watched.result()["watch"]);
        last = event[3]["pos"].as_u64();
    }
}

#[tokio::test]
async fn the_same_by_a_call_in_the_order_asked() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let (small, large) = (json!({ "size": 1 }), json!({ "size": 9 }));
    let one = ann.call("card", "watch", small.clone()).await;
    let two = ann.call("card", "watch", large.clone()).await;
    house.card("a", 9).await;
    assert_eq!(house.brief(&ann).await, ["enter a"]);
    // As if that had been lost.
    let subs = [sub("card", &small, &one), sub("card", &large, &two)];
    let resumed = ann.call("sockful", "resume", resume(&one, &subs)).await;
    let subs = resumed.result()["subs"].as_array().unwrap();
    assert_eq!(subs[0]["watch"], one.result()["watch"]);
    assert_eq!(subs[0]["outcome"], "nothing");
    assert_eq!(subs[1]["watch"], two.result()["watch"]);
    assert_eq!(subs[1]["outcome"], "replayed");
    assert_eq!(house.brief(&ann).await, ["enter a"]);
    house.holds((2, 2)).await;
}

#[tokio::test]
async fn who_comes_with_what_nobody_knows_begins_anew() {
    let house = House::new().await;
    house.card("a", 9).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    let good = sub("card", &all(), &watched);
    let with = |name: &str, value: Value| {
        let mut sub = good.clone();
        sub[name] = value;
        resume(&watched, &[sub])
    };
    let other_epoch = json!({ "epoch": "another", "subs": [good.clone()] });
    for (what, has) in [
        ("another life of the log", other_epoch),
        ("another view", with("view", json!("another"))),
        ("no view", with("view", json!(null))),
        ("a position to come", with("pos", json!(1_000_000))),
        ("the largest one", with("pos", json!(u64::MAX))),
    ] {
        let (client, told) = comes_back(&house, &has).await;
        let outcome = &told["subs"][0];
        assert_eq!(outcome["outcome"], "reset", "{what}");
        assert_eq!(outcome["records"][0]["id"], "a", "{what}");
        assert_eq!(outcome["revs"].as_array().map(Vec::len), Some(1), "{what}");
        assert!(outcome["pos"].as_u64() >= watched.meta()["pos"].as_u64());
        assert_eq!(outcome["view"], watched.meta()["view"], "{what}");
        assert_eq!(told["epoch"], watched.meta()["epoch"], "{what}");
        // And goes on.
        let id = what.replace(' ', "-");
        house.card(&id, 1).await;
        assert_eq!(
            house.brief(&client).await,
            [format!("enter {id}")],
            "{what}"
        );
        let system = house.app.app().system();
        system.destroy::<Card>(&id).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_is_told_in_its_place() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    let good = sub("card", &all(), &watched);
    let mut unknown = good.clone();
    unknown["resource"] = json!("nothing");
    let mut wrong = good.clone();
    wrong["query"] = json!({ "size": "x" });
    let mut own = good.clone();
    own["resource"] = json!("sockful");
    let both = json!({ "resource": "card", "watch": "x", "id": "a", "pos": 1 });
    let not_all = json!({ "resource": "card", "view": "x", "pos": 1 });
    let subs = [unknown, wrong, own, both, not_all, good];
    let resumed = ann.call("sockful", "resume", resume(&watched, &subs)).await;
    let told = resumed.result()["subs"].as_array().unwrap();
    let reasons = told.iter().map(|sub| sub["error"]["reason"].as_str());
    let reasons: Vec<_> = reasons.collect();
    assert!(reasons[2].is_some(), "sockful is no resource");
    assert_eq!(
        reasons,
        [
            Some("unknown_resource"),
            Some("invalid_query"),
            reasons[2],
            Some("invalid_resume"),
            Some("not_pushed"),
            None,
        ]
    );
    assert_eq!(told[5]["outcome"], "nothing");
    for payload in [
        json!(null),
        json!({}),
        json!({ "epoch": 1, "subs": [] }),
        json!("x"),
    ] {
        let refused = ann.call("sockful", "resume", payload.clone()).await;
        assert_eq!(refused.error()["code"], 400, "{payload}");
    }
    house.holds((1, 1)).await;
}

#[tokio::test]
async fn nobody_watches_more_by_coming_back() {
    let house = House::with(|config| config.max_watches = 3, |app| app).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    let subs: Vec<_> = (0..10)
        .map(|size| sub("card", &json!({ "size": size }), &watched))
        .collect();
    ann.disconnect().await;
    let (_ann, told) = comes_back(&house, &resume(&watched, &subs)).await;
    let told = told["subs"].as_array().unwrap();
    let refused = told
        .iter()
        .filter(|sub| sub["error"]["reason"] == "too_many_watches");
    assert_eq!((told.len(), refused.count()), (10, 7));
    house.holds((3, 3)).await;
}

#[tokio::test]
async fn all_that_is_told_anew_is_no_more_than_one_answer_holds() {
    let change = |config: &mut sockful::Config| {
        config.max_answer = 20_000;
        config.page_bytes = 20_000;
    };
    let house = House::with(change, |app| app).await;
    let title = "t".repeat(3_000);
    for size in 0..8 {
        let card = json!({ "id": size.to_string(), "size": size, "title": title });
        let ann = house.app.anonymous();
        ann.call("card", "create", card).await.result();
    }
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", json!({ "size": 0 })).await;
    let subs: Vec<_> = (0..8)
        .map(|size| {
            let mut sub = sub("card", &json!({ "size": size }), &watched);
            sub["view"] = json!(null);
            sub
        })
        .collect();
    let resumed = ann.call("sockful", "resume", resume(&watched, &subs)).await;
    let told = resumed.result()["subs"].as_array().unwrap();
    let (anew, refused): (Vec<_>, Vec<_>) = told.iter().partition(|sub| sub["error"].is_null());
    assert!(anew.len() >= 3 && refused.len() >= 3, "{}", anew.len());
    assert!(
        refused
            .iter()
            .all(|sub| sub["error"]["reason"] == "answer_too_large")
    );
    house.holds((anew.len(), anew.len())).await;
}

#[tokio::test]
async fn who_has_missed_more_than_may_wait_goes_on_all_the_same() {
    let house = House::with(|config| config.push_bytes = 20_000, |app| app).await;
    let title = "t".repeat(3_000);
    let ann = house.app.anonymous();
    let bob = house.app.anonymous();
    let mut watched = Vec::new();
    for size in 0..4 {
        let query = json!({ "size": size });
        watched.push((query.clone(), bob.call("card", "watch", query).await));
    }
    bob.disconnect().await;
    for id in 0..16 {
        let card = json!({ "id": id.to_string(), "size": id % 4, "title": title });
        ann.call("card", "create", card).await.result();
    }
    let subs: Vec<_> = watched
        .iter()
        .map(|(query, watched)| sub("card", query, watched))
        .collect();
    let has = resume(&watched[0].1, &subs);
    for _ in 0..3 {
        let (bob, told) = comes_back(&house, &has).await;
        let subs = told["subs"].as_array().unwrap();
        let outcomes: Vec<_> = subs.iter().map(|sub| sub["outcome"].as_str()).collect();
        // What has room is told as it happened, and the rest as it is now.
        assert_eq!(outcomes[0], Some("replayed"), "{outcomes:?}");
        assert_eq!(outcomes[3], Some("reset"), "{outcomes:?}");
        assert_eq!(subs[3]["records"].as_array().map(Vec::len), Some(4));
        let replayed = outcomes.iter().filter(|it| **it == Some("replayed"));
        let missed = house.brief(&bob).await;
        assert_eq!(missed.len(), replayed.count() * 4, "{missed:?}");
        assert!(
            missed.iter().all(|it| it.starts_with("enter")),
            "{missed:?}"
        );
        bob.disconnect().await;
    }
}

#[tokio::test]
async fn what_is_named_twice_is_told_once() {
    let house = House::new().await;
    house.card("a", 1).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", all()).await;
    let twice = [sub("card", &all(), &watched), sub("card", &all(), &watched)];
    let resumed = ann
        .call("sockful", "resume", resume(&watched, &twice))
        .await;
    let told = resumed.result()["subs"].as_array().unwrap();
    assert_eq!(told[0]["outcome"], "nothing");
    assert_eq!(told[1]["error"]["reason"], "invalid_resume");
    house.card("b", 1).await;
    assert_eq!(house.brief(&ann).await, ["enter b"]);
}

#[tokio::test]
async fn what_comes_after_what_was_missed_is_no_gap() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let query = json!({ "size": 1 });
    let watched = ann.call("card", "watch", query.clone()).await;
    ann.disconnect().await;
    house.comes_to_rest().await;
    house.card("a", 1).await;
    house.card("elsewhere", 2).await;
    let has = resume(&watched, &[sub("card", &query, &watched)]);
    let (ann, told) = comes_back(&house, &has).await;
    assert_eq!(told["subs"][0]["outcome"], "replayed");
    let missed = hears(&ann).await;
    assert_eq!(brief(&missed), "enter a");
    house.card("b", 1).await;
    let next = hears(&ann).await;
    assert_eq!(brief(&next), "enter b");
    assert!(
        next[3]["prev"].as_u64() <= missed[3]["pos"].as_u64(),
        "{next}"
    );
}

#[tokio::test]
async fn nobody_takes_more_of_what_every_change_is_held_against_by_coming_back() {
    let house = House::with(|config| config.watch_scan = 64, |app| app).await;
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", json!({ "size": 0 })).await;
    let subs: Vec<_> = (0..12)
        .map(|size| sub("card", &json!({ "size": { "$ne": size } }), &watched))
        .collect();
    let resumed = ann.call("sockful", "resume", resume(&watched, &subs)).await;
    let told = resumed.result()["subs"].as_array().unwrap();
    let refused = told
        .iter()
        .filter(|sub| sub["error"]["reason"] == "too_many_scans");
    assert_eq!((told.len(), refused.count()), (12, 4));
}
