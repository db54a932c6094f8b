//! What is read by rights of before, and rights that change while nothing else happens: a client has what it may read all the same.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;

use super::house::{User, heard};
use super::replica::{Replica, Sub, snapshot};
use super::*;
use crate::support::staged::Staged;
use crate::support::store;
use crate::support::store::TestStore;

/// Told to everybody who may read it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = all)]
#[policy(user = User, read(team == user.team), write(true))]
struct Order {
    id: String,
    team: String,
}

/// Told to who was answered it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = interest)]
#[policy(user = User, read(team == user.team), write(true))]
struct Sheet {
    id: String,
    team: String,
}

async fn house() -> (House, Staged) {
    let store = Staged::new(store());
    let parts = |app: sockful::AppBuilder| {
        let app = app.resource::<Order>().resource::<Sheet>();
        app.authenticate(async |h: Handshake| {
            #[derive(Deserialize)]
            struct Auth {
                token: Option<String>,
            }
            Ok(h.auth::<Auth>()?.token.map(Login::new))
        })
    };
    let house = House::on(TestStore::here(store.clone()), |_| {}, parts).await;
    for team in ["red", "blue"] {
        house.note(team, team).await;
        let cx = house.app.app().system();
        let (id, team) = (team.to_owned(), team.to_owned());
        cx.create(Order {
            id: id.clone(),
            team: team.clone(),
        })
        .await
        .unwrap();
        cx.create(Sheet { id, team }).await.unwrap();
    }
    house.moves("ann", "red").await;
    (house, store)
}

/// Asks something by the rights of before, which is read after Ann has changed sides.
async fn asks_late(
    house: &House,
    store: &Staged,
    ann: &TestClient,
    request: [Value; 3],
) -> sockful::testing::Answer {
    store.asks().close();
    let asking = ann.emit(&request);
    let changing = async {
        store.asks().is_reached().await;
        house.moves("ann", "blue").await;
        store.asks().open();
    };
    let (answer, ()) = tokio::join!(asking, changing);
    answer
}

/// Takes all that Ann is told until it is known what she may read.
async fn hears_all(house: &House, ann: &TestClient, replica: &mut Replica) {
    ann.call("member", "count", json!({})).await.result();
    tokio::time::sleep(Duration::from_millis(300)).await;
    for event in house.told(ann).await {
        hears_of(ann, replica, &event).await;
    }
}

/// Takes something that Ann is told, and does what that asks of a client.
async fn hears_of(ann: &TestClient, replica: &mut Replica, event: &Value) {
    let name = event[0].as_str().unwrap();
    let todo = replica.apply(name, &event.as_array().unwrap()[1..]);
    for resource in todo.read {
        let read = ann.call(&resource, "all", json!({})).await;
        replica.read(&resource, read.result(), read.meta());
    }
}

async fn finds(ann: &TestClient, resource: &str) -> BTreeMap<String, (Value, u64)> {
    let found = ann
        .call_with(resource, "all", json!({}), json!({ "push": false }))
        .await;
    snapshot(found.result(), &found.meta()["revs"])
}

#[tokio::test]
async fn who_logs_in_while_nothing_else_happens_has_what_they_may_read() {
    let (house, _) = house().await;
    let ann = house.app.anonymous();
    let mut replica = Replica::default();
    let watched = ann.call("note", "watch", json!({})).await;
    let sub = replica.watched("note", &json!({}), watched.result(), watched.meta());
    ann.call("sockful", "auth", json!({ "token": "ann" }))
        .await
        .result();
    hears_all(&house, &ann, &mut replica).await;
    assert_eq!(replica.of(&sub).unwrap().records, finds(&ann, "note").await);
}

#[tokio::test]
async fn what_is_watched_late_by_rights_of_before_is_corrected() {
    let (house, store) = house().await;
    let ann = house.app.login("ann");
    ann.call("note", "count", json!({})).await.result();
    let mut replica = Replica::default();
    let request = [json!("note"), json!("watch"), json!({})];
    let watched = asks_late(&house, &store, &ann, request).await;
    let sub = replica.watched("note", &json!({}), watched.result(), watched.meta());
    hears_all(&house, &ann, &mut replica).await;
    assert_eq!(replica.of(&sub).unwrap().records, finds(&ann, "note").await);
}

#[tokio::test]
async fn what_is_read_late_by_rights_of_before_of_what_all_are_told_is_corrected() {
    let (house, store) = house().await;
    let ann = house.app.login("ann");
    let mut replica = Replica::default();
    let joined = hears(&ann).await;
    replica.apply("sockful", &joined.as_array().unwrap()[1..]);
    let request = [json!("order"), json!("all"), json!({})];
    let read = asks_late(&house, &store, &ann, request).await;
    // What was pushed came before the answer, and that it has to be read anew behind it.
    let told: Vec<_> = std::iter::from_fn(|| heard(&ann)).collect();
    let (notices, pushes): (Vec<_>, Vec<_>) = told.iter().partition(|it| it[0] == "sockful");
    for push in pushes {
        replica.apply("order", &push.as_array().unwrap()[1..]);
    }
    replica.read("order", read.result(), read.meta());
    for notice in notices {
        hears_of(&ann, &mut replica, notice).await;
    }
    hears_all(&house, &ann, &mut replica).await;
    let all = Sub::All("order".to_owned());
    assert_eq!(
        replica.of(&all).unwrap().records,
        finds(&ann, "order").await
    );
}

#[tokio::test]
async fn a_record_that_is_read_late_by_rights_of_before_is_let_go() {
    let (house, store) = house().await;
    let ann = house.app.login("ann");
    hears(&ann).await;
    let mut replica = Replica::default();
    let request = [json!("sheet"), json!("all"), json!({})];
    let read = asks_late(&house, &store, &ann, request).await;
    let pos = read.meta()["pos"].as_u64().unwrap();
    let rev = read.meta()["revs"][0].as_u64().unwrap();
    let sub = replica.interested("sheet", &read.result()[0], rev, pos);
    hears_all(&house, &ann, &mut replica).await;
    assert_eq!(replica.of(&sub).unwrap().records, BTreeMap::new());
}

#[tokio::test]
async fn what_is_found_out_of_rights_that_are_others_by_then_is_not_told() {
    let (house, store) = house().await;
    let ann = house.app.login("ann");
    ann.call("note", "watch", json!({})).await.result();
    store.asks().close();
    house.moves("ann", "blue").await;
    store.asks().is_reached().await;
    house.moves("ann", "green").await;
    house.writes("blue", "for blue alone").await;
    store.asks().open();
    let mut told = vec![hears(&ann).await];
    while told.last().is_some_and(|event| event[0] != "note") {
        told.push(hears(&ann).await);
    }
    told.extend(house.told(&ann).await);
    let told: Vec<_> = told.iter().map(Value::to_string).collect();
    assert!(told.iter().any(|it| it.contains("leave")), "{told:?}");
    assert!(!told.iter().any(|it| it.contains("blue alone")), "{told:?}");
}
