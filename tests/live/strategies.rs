//! Resources whose changes are told without being asked for: all of them to everybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestClient;

use super::house::{User, heard};
use super::*;

/// Told to everybody.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = all)]
struct Bell {
    id: String,
    #[serde(default)]
    loud: u32,
}

/// Told to everybody who may read it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = all)]
#[policy(user = User, read(team == user.team), write(true))]
struct Order {
    id: String,
    team: String,
}

async fn house() -> House {
    House::with(
        |config| config.max_push = 5,
        |app| app.resource::<Bell>().resource::<Order>(),
    )
    .await
}

async fn order(house: &House, id: &str, team: &str) {
    let system = house.app.app().system();
    let (id, team) = (id.to_owned(), team.to_owned());
    system.create(Order { id, team }).await.expect("an order");
}

/// Waits until a client that has connected is told of what it will be told.
async fn joined(client: &TestClient) -> serde_json::Value {
    let event = hears(client).await;
    assert_eq!(
        (&event[0], &event[1]),
        (&json!("sockful"), &json!("joined"))
    );
    event[2].clone()
}

#[tokio::test]
async fn who_connects_learns_what_it_is_told_without_asking() {
    let house = house().await;
    let ann = house.of_team("ann", "red").await;
    let told = joined(&ann).await;
    assert!(told["epoch"].is_string());
    let subs = told["subs"].as_array().unwrap();
    let resources: Vec<_> = subs.iter().map(|sub| &sub["resource"]).collect();
    assert_eq!(resources, ["bell", "order"]);
    for sub in subs {
        assert!(sub["view"].is_string() && sub["pos"].is_u64(), "{sub}");
    }
    let first = house.app.anonymous();
    joined(&first).await;
    let made = first.call("bell", "create", json!({ "id": "a" })).await;
    let pos = made.meta()["pos"].clone();
    let event = heard(&ann).expect("it is told at once");
    let meta = json!({ "pos": pos, "prev": event[3]["prev"], "rev": pos });
    assert_eq!(
        event,
        json!(["bell", "create", { "id": "a", "loud": 0 }, meta])
    );
    assert!(event[3]["prev"].as_u64() <= subs[0]["pos"].as_u64());
}

#[tokio::test]
async fn everybody_is_told_of_every_change() {
    let house = house().await;
    let (ann, bob) = (house.app.anonymous(), house.app.anonymous());
    joined(&ann).await;
    joined(&bob).await;
    for (action, payload) in [
        ("create", json!([{ "id": "a" }, { "id": "b" }])),
        ("update", json!({ "id": "a", "loud": 1 })),
        ("destroy", json!("a")),
    ] {
        ann.call("bell", action, payload).await.result();
    }
    let expected = ["create a + create b", "update a", "destroy a"];
    assert_eq!(house.brief(&ann).await, expected);
    let told = house.told(&bob).await;
    assert_eq!(briefs(&told), expected);
    assert_eq!(told[2][2], json!({ "id": "a" }));
}

#[tokio::test]
async fn everybody_is_told_of_what_they_may_read_alone() {
    let house = house().await;
    order(&house, "old", "blue").await;
    let (ann, nobody) = (house.of_team("ann", "red").await, house.app.anonymous());
    joined(&ann).await;
    joined(&nobody).await;
    order(&house, "1", "red").await;
    order(&house, "2", "blue").await;
    let system = house.app.app().system();
    for (id, team) in [("1", "blue"), ("2", "red")] {
        let id = id.to_owned();
        let moved = system.update::<Order, _, _>(&id, |it| team.clone_into(&mut it.team));
        moved.await.unwrap();
    }
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["create 1", "destroy 1", "create 2"]);
    assert_eq!(told[1][2], json!({ "id": "1" }));
    assert_eq!(house.brief(&nobody).await, [""; 0]);
    // And by other rights from then on.
    house.moves("ann", "blue").await;
    assert_eq!(
        brief(&hears(&ann).await),
        "create 1 + destroy 2 + create old"
    );
}

#[tokio::test]
async fn who_has_to_read_anew_because_of_new_rights_is_told_by_these_alone() {
    let house = house().await;
    for id in ["1", "2", "3", "4", "5", "6"] {
        order(&house, id, "red").await;
    }
    let ann = house.of_team("ann", "red").await;
    joined(&ann).await;
    // More than is told at once.
    house.moves("ann", "blue").await;
    let told = hears(&ann).await;
    assert_eq!(brief(&told), "reset policy");
    assert_eq!(told[2], json!({ "resource": "order", "reason": "policy" }));
    order(&house, "red", "red").await;
    order(&house, "blue", "blue").await;
    assert_eq!(brief(&hears(&ann).await), "create blue");
}

#[tokio::test]
async fn who_is_nobody_any_more_is_told_nothing_and_is_told_again_as_somebody() {
    let house = house().await;
    let ann = house.of_team("ann", "red").await;
    joined(&ann).await;
    let system = house.app.app().system();
    system.destroy::<Member>(&"ann".to_owned()).await.unwrap();
    let told = [hears(&ann).await, hears(&ann).await];
    assert_eq!(briefs(&told), ["reset policy", "reset policy"]);
    order(&house, "unseen", "red").await;
    let bell = Bell {
        id: "unheard".to_owned(),
        loud: 0,
    };
    system.create(bell).await.unwrap();
    house.moves("ann", "red").await;
    let mut told = [hears(&ann).await, hears(&ann).await].map(|event| brief(&event));
    told.sort();
    assert_eq!(told, ["create unheard", "create unseen"]);
}

#[tokio::test]
async fn more_than_is_told_at_once_is_to_be_read_anew_and_told_on() {
    let house = house().await;
    let ann = house.app.anonymous();
    joined(&ann).await;
    let bells: Vec<_> = (0..6).map(|id| json!({ "id": id.to_string() })).collect();
    let made = ann.call("bell", "create", json!(bells)).await;
    let reset = hears(&ann).await;
    let told = json!({ "resource": "bell", "reason": "too_large" });
    let pos = made.meta()["pos"].clone();
    assert_eq!(reset, json!(["sockful", "reset", told, { "pos": pos }]));
    ann.call("bell", "create", json!({ "id": "next" })).await;
    let next = hears(&ann).await;
    assert_eq!(brief(&next), "create next");
    assert!(next[3]["prev"].as_u64() <= pos.as_u64());
}

#[tokio::test]
async fn what_one_cannot_be_told_of_is_said_in_its_place() {
    let house = House::with(
        |config| config.watch_scan = 1,
        |app| app.resource::<Bell>().resource::<Poster>(),
    )
    .await;
    let bob = house.of_team("bob", "blue").await;
    joined(&bob).await;
    let ann = house.of_team("ann", "red").await;
    let told = joined(&ann).await;
    let subs = told["subs"].as_array().unwrap();
    assert_eq!(subs[0]["resource"], "bell");
    assert!(subs[0]["view"].is_string(), "{told}");
    assert_eq!(subs[1]["resource"], "poster");
    assert_eq!(subs[1]["error"]["reason"], "too_many_scans");
    // The others are told as ever.
    ann.call("bell", "create", json!({ "id": "a" }))
        .await
        .result();
    assert_eq!(house.brief(&ann).await, ["create a"]);
}

/// Told to everybody who may read it, which each change of any of them has to be held against.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = all)]
#[policy(user = User, read(public || team == user.team), write(true))]
struct Poster {
    id: String,
    team: String,
    #[serde(default)]
    public: bool,
}
