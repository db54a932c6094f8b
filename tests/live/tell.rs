//! Messages that are no change.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::house::heard;
use super::*;

fn typing(resource: &str, id: &str) -> Value {
    json!([resource, "typing", { "who": "ann" }, { "id": id }])
}

#[tokio::test]
async fn who_watches_a_record_is_told_what_is_said_about_it_once() {
    let house = House::new().await;
    house.card("large", 9).await;
    house.card("small", 1).await;
    let (ann, bob) = (house.app.anonymous(), house.app.anonymous());
    for query in [json!({ "size": 9 }), json!({ "size": { "$gt": 5 } })] {
        ann.call("card", "watch", query).await.result();
    }
    let small = json!({ "size": 1 });
    bob.call("card", "watch", small).await.result();
    let nobody = house.app.anonymous();
    let cx = house.app.app().system();
    let told = json!({ "who": "ann" });
    for id in ["large", "small"] {
        let id = id.to_owned();
        cx.tell::<Card>(&id, "typing", &told).await.unwrap();
    }
    assert_eq!(house.told(&ann).await, [typing("card", "large")]);
    assert_eq!(house.told(&bob).await, [typing("card", "small")]);
    assert_eq!(house.told(&nobody).await, [json!(null); 0]);
}

#[tokio::test]
async fn nothing_is_said_about_a_record_to_who_may_not_read_it() {
    let house = House::new().await;
    house.note("1", "red").await;
    let (ann, bob) = (
        house.of_team("ann", "red").await,
        house.of_team("bob", "blue").await,
    );
    for client in [&ann, &bob] {
        client.call("note", "watch", json!({})).await.result();
        client.call("note", "watch", json!("1")).await.result();
    }
    let app = house.app.app();
    let (id, told) = ("1".to_owned(), json!({ "who": "ann" }));
    let cx = app.on_behalf_of("ann").await.unwrap();
    cx.tell::<Note>(&id, "typing", &told).await.unwrap();
    assert_eq!(house.told(&ann).await, [typing("note", "1")]);
    assert_eq!(house.told(&bob).await, [json!(null); 0]);
    // Who may not read it says nothing about it either.
    let cx = app.on_behalf_of("bob").await.unwrap();
    let refused = cx.tell::<Note>(&id, "typing", &told).await.unwrap_err();
    assert_eq!(refused.code(), 404);
    // Nor is it said while it is not known who may read it.
    house.gate.close();
    house.moves("ann", "blue").await;
    house.gate.is_reached().await;
    let cx = app.system();
    cx.tell::<Note>(&id, "typing", &told).await.unwrap();
    house.gate.open();
    assert_eq!(brief(&hears(&ann).await), "leave 1");
    cx.tell::<Note>(&id, "typing", &told).await.unwrap();
    assert_eq!(house.told(&ann).await, [json!(null); 0]);
}

#[tokio::test]
async fn what_is_said_cannot_be_taken_for_a_change() {
    let house = House::new().await;
    house.card("a", 1).await;
    let ann = house.app.anonymous();
    ann.call("card", "watch", json!({})).await.result();
    let cx = house.app.app().system();
    let id = "a".to_owned();
    for name in ["enter", "leave", "batch", "create", "update", "destroy"] {
        let refused = cx.tell::<Card>(&id, name, &json!(1)).await.unwrap_err();
        assert_eq!(refused.code(), 500, "{name}");
    }
    assert_eq!(house.told(&ann).await, [json!(null); 0]);
}

#[tokio::test]
async fn everybody_who_is_connected_can_be_told_something() {
    let house = House::new().await;
    let clients = [house.app.anonymous(), house.of_team("ann", "red").await];
    let app = house.app.app();
    app.tell_all("hello", &json!([1, "two"])).unwrap();
    for client in &clients {
        let told = json!(["sockful", "tell", { "name": "hello", "payload": [1, "two"] }]);
        assert_eq!(heard(client), Some(told));
    }
    clients[0].disconnect().await;
    app.tell_all("again", &json!(null)).unwrap();
    assert_eq!(heard(&clients[1]).unwrap()[2]["name"], "again");
}

#[tokio::test]
async fn who_does_not_listen_is_told_no_more_of_what_is_no_change() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let app = house.app.app();
    let said = 10_000;
    for number in 0..said {
        app.tell_all("hello", &json!(number)).unwrap();
    }
    let mut told = 0;
    while let Ok(event) = timeout(Duration::from_millis(300), ann.event()).await {
        assert_eq!(event[2]["payload"], told, "in order, and the first of them");
        told += 1;
    }
    assert!(told < said / 2, "{told}");
    // It still is there, and hears what is said now.
    assert_eq!(ann.call("card", "count", json!({})).await.result(), 0);
    app.tell_all("hello", &json!("again")).unwrap();
    assert_eq!(hears(&ann).await[2]["payload"], "again");
}
