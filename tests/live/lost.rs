//! The log begins another life, or forgets, while clients watch: nobody knows any more what they have missed, and they are told so.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;
use sockful::{Pushed, Sqlite};
use tokio::time::sleep;

use super::resume::{resume, sub};
use super::*;
use crate::support::folder::Folder;
use crate::support::postgres;
use crate::support::staged::Staged;
use crate::support::store;
use crate::support::store::TestStore;

/// Told to everybody.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = all)]
struct Bell {
    id: String,
}

async fn house(store: TestStore) -> House {
    House::on(store, |_| {}, |app| app.resource::<Bell>()).await
}

/// A client that has been told what it is told of without asking.
async fn client(house: &House) -> (TestClient, Value) {
    let client = house.app.anonymous();
    let joined = hears(&client).await;
    assert_eq!(joined[1], "joined");
    (client, joined[2].clone())
}

async fn ring(house: &House, id: &str) {
    let id = id.to_owned();
    let system = house.app.app().system();
    system.create(Bell { id }).await.expect("a bell");
}

/// What a client is told when the log is lost: that its watch has ended, and that it has to read all bells anew.
async fn is_told_so(client: &TestClient, watch: &Value) -> u64 {
    let mut told = [hears(client).await, hears(client).await];
    told.sort_by_key(|event| event[2]["resource"].to_string());
    let [bell, card] = told;
    assert_eq!(
        (&bell[1], &bell[2]),
        (
            &json!("reset"),
            &json!({ "resource": "bell", "reason": "log" })
        )
    );
    let ended = json!({ "resource": "card", "watch": watch, "reason": "log" });
    assert_eq!((&card[1], &card[2]), (&json!("reset"), &ended));
    bell[3]["pos"].as_u64().expect("a position")
}

/// Begins another life of the log below an app, as whoever puts a copy in its place.
async fn watches_a_log_that_begins_anew(house: House, renew: impl AsyncFn()) {
    house.card("old", 1).await;
    let (ann, joined) = client(&house).await;
    let watched = ann.call("card", "watch", json!({})).await;
    let epoch = &watched.meta()["epoch"];
    assert_eq!(joined["epoch"], *epoch);
    let mut cards = house.app.app().watch(Card::query()).await.unwrap();
    renew().await;
    let from = is_told_so(&ann, &watched.result()["watch"]).await;
    assert!(matches!(cards.next().await, Some(Ok(Pushed::Reset))));
    assert!(cards.next().await.is_none());

    // What was said in the life before says nothing now.
    let has = resume(&watched, &[sub("card", &json!({}), &watched)]);
    let resumed = ann.call("sockful", "resume", has).await;
    let outcome = &resumed.result()["subs"][0];
    assert_eq!(outcome["outcome"], "reset");
    assert_eq!(outcome["records"][0]["id"], "old");
    assert_ne!(resumed.result()["epoch"], *epoch);

    // And it goes on, in the life that is now.
    let again = ann.call("card", "watch", json!({})).await;
    assert_eq!(again.meta()["epoch"], resumed.result()["epoch"]);
    assert_eq!(again.result()["records"].as_array().map(Vec::len), Some(1));
    house.card("new", 1).await;
    ring(&house, "loud").await;
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["enter new", "create loud"]);
    assert!(told[0][3]["prev"].as_u64() <= again.meta()["pos"].as_u64());
    assert!(told[1][3]["prev"].as_u64() <= Some(from));
}

#[tokio::test]
async fn who_watches_a_file_whose_log_begins_anew_is_told_so_and_goes_on() {
    let folder = Folder::new("lost");
    let store = Sqlite::open(folder.path().join("app.db")).expect("a database");
    let house = house(TestStore::elsewhere(store.clone())).await;
    let renew = async || store.renew_epoch().await.expect("it is renewed");
    watches_a_log_that_begins_anew(house, renew).await;
}

#[tokio::test]
async fn who_watches_a_database_whose_log_begins_anew_is_told_so_and_goes_on() {
    let name = postgres::fresh_name();
    let house = house(TestStore::elsewhere(postgres::store(&name))).await;
    let other = postgres::store(&name);
    let renew = async || other.renew_epoch().await.expect("it is renewed");
    watches_a_log_that_begins_anew(house, renew).await;
}

#[tokio::test(start_paused = true)]
async fn who_watches_what_the_log_has_forgotten_is_told_so_and_goes_on() {
    let store = Staged::new(store());
    let [near, far] = [store.clone(), store.clone()].map(TestStore::here);
    let (near, far) = (house(near).await, house(far).await);
    let (ann, _) = client(&near).await;
    let watched = ann.call("card", "watch", json!({})).await;
    let mut cards = near.app.app().watch(Card::query()).await.unwrap();
    // Another server has changed something, and nobody can read what.
    far.card("unseen", 1).await;
    ring(&far, "unheard").await;
    store.prune().await;
    let from = is_told_so(&ann, &watched.result()["watch"]).await;
    assert!(matches!(cards.next().await, Some(Ok(Pushed::Reset))));
    assert!(cards.next().await.is_none());
    let again = ann.call("card", "watch", json!({})).await;
    assert_eq!(again.result()["records"][0]["id"], "unseen");
    // It is the same life: what is told from there on has no gap.
    assert_eq!(again.meta()["epoch"], watched.meta()["epoch"]);
    assert!(again.meta()["pos"].as_u64() >= Some(from));
    far.card("far", 1).await;
    near.card("near", 1).await;
    ring(&far, "loud").await;
    // Of what others change it is told soon.
    sleep(Duration::from_secs(1)).await;
    let told = near.told(&ann).await;
    assert_eq!(briefs(&told), ["enter far", "enter near", "create loud"]);
    let mut last = again.meta()["pos"].as_u64();
    for event in told.iter().filter(|event| event[0] == "card") {
        assert!(event[3]["prev"].as_u64() <= last, "a gap: {event}");
        last = event[3]["pos"].as_u64();
    }
}

#[tokio::test]
async fn who_comes_back_to_a_log_that_has_forgotten_begins_anew() {
    let store = Staged::new(store());
    let life = async || house(TestStore::here(store.clone())).await;
    let house = life().await;
    let (ann, joined) = client(&house).await;
    let watched = ann.call("card", "watch", json!({})).await;
    ann.disconnect().await;
    house.card("missed", 1).await;
    house.app.app().shutdown().await;
    store.prune().await;
    let house = life().await;
    let (ann, _) = client(&house).await;
    let bells = json!({ "resource": "bell", "pos": joined["subs"][0]["pos"], "view": joined["subs"][0]["view"] });
    let has = resume(&watched, &[sub("card", &json!({}), &watched), bells]);
    let resumed = ann.call("sockful", "resume", has).await;
    let told = &resumed.result()["subs"];
    assert_eq!(
        (&told[0]["outcome"], &told[1]["outcome"]),
        (&json!("reset"), &json!("reset")),
        "{told}"
    );
    assert_eq!(told[0]["records"][0]["id"], "missed");
    assert_eq!(resumed.result()["epoch"], watched.meta()["epoch"]);
    house.card("new", 1).await;
    assert_eq!(house.brief(&ann).await, ["enter new"]);
}
