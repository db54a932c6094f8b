//! In which order one is told, and that one's own changes come before their answers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::house::heard;
use super::*;

#[tokio::test]
async fn ones_own_change_is_told_before_its_answer_whatever_has_made_it() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    ann.call("card", "watch", json!({})).await.result();
    let changes = json!([
        ["card", "create", { "id": "d" }],
        ["card", "destroy", "b"],
    ]);
    let requests: [(Value, &str); 9] = [
        (json!(["card", "create", { "id": "a" }]), "enter a"),
        (
            json!(["card", "create", [{ "id": "b" }, { "id": "c" }]]),
            "enter b + enter c",
        ),
        (
            json!(["card", "update", { "id": "a", "size": 5 }]),
            "update a",
        ),
        (
            json!(["card", "replace", { "id": "a", "size": 6 }]),
            "update a",
        ),
        (json!(["card", "grow", { "id": "a" }]), "update a"),
        (json!(["card", "destroy", "a"]), "leave a"),
        (json!(["sockful", "commit", changes]), "enter d + leave b"),
        (json!(["card", "found", { "id": "e" }]), "enter e"),
        (
            json!(["card", "create", { "id": "f" }, { "op": "01890a5d-ac96-774b-bcce-b302099a8057" }]),
            "enter f",
        ),
    ];
    for (request, told) in requests {
        let answer = ann.emit(request.as_array().unwrap()).await;
        let event = heard(&ann).unwrap_or_else(|| panic!("not told before: {request}"));
        assert_eq!(brief(&event), told, "{request}");
        if let Some(pos) = answer.meta().get("pos") {
            assert_eq!(&event[3]["pos"], pos, "{request}");
        }
        assert_eq!(heard(&ann), None, "once: {request}");
    }
}

#[tokio::test]
async fn what_was_done_already_is_not_told_again() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    ann.call("card", "watch", json!({})).await.result();
    for _ in 0..2 {
        let card = json!({ "id": "a" });
        let done = ann.call_with(
            "card",
            "create",
            card,
            json!({ "op": "01890a5d-ac96-774b-bcce-b302099a8057" }),
        );
        done.await.result();
    }
    // Nothing that was refused is told at all.
    let refused = ann.call("card", "create", json!({ "id": "a" })).await;
    assert_eq!(refused.error()["code"], 409);
    assert_eq!(house.brief(&ann).await, ["enter a"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_push_names_the_one_before_whoever_writes() {
    let house = Arc::new(House::new().await);
    let ann = house.app.anonymous();
    let watched = ann.call("card", "watch", json!({})).await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                let client = house.app.anonymous();
                for number in 0..25 {
                    let id = format!("{writer} {number}");
                    let made = client.call("card", "create", json!({ "id": id })).await;
                    made.result();
                    let grown = client.call("card", "grow", json!({ "id": id })).await;
                    grown.result();
                }
            })
        })
        .collect();
    let mut last = watched.meta()["pos"].as_u64().unwrap();
    let mut told = 0;
    while told < 200 {
        let event = hears(&ann).await;
        let (pos, prev) = (&event[3]["pos"], &event[3]["prev"]);
        assert_eq!(prev.as_u64(), Some(last), "{event}");
        let pos = pos.as_u64().unwrap();
        assert!(pos > last, "{event}");
        last = pos;
        told += 1;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(heard(&ann), None);
}
