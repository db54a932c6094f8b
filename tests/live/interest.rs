//! Resources of which one is told what one was answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;

use super::house::User;
use super::*;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = interest)]
struct Page {
    id: String,
    #[serde(default)]
    #[resource(index)]
    text: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(push = interest)]
#[policy(user = User, read(team == user.team), write(true))]
struct Sheet {
    id: String,
    team: String,
}

async fn house() -> House {
    House::with(
        |config| config.max_interest = 3,
        |app| app.resource::<Page>().resource::<Sheet>(),
    )
    .await
}

async fn client(house: &House) -> TestClient {
    let client = house.app.anonymous();
    joined(&client).await;
    client
}

/// There is nothing of which everybody is told.
async fn joined(client: &TestClient) {
    let told = hears(client).await;
    assert_eq!((&told[1], &told[2]["subs"]), (&json!("joined"), &json!([])));
}

async fn page(house: &House, id: &str) {
    let (id, text) = (id.to_owned(), String::new());
    let system = house.app.app().system();
    system.create(Page { id, text }).await.expect("a page");
}

async fn writes(house: &House, id: &str, text: &str) {
    let system = house.app.app().system();
    let id = id.to_owned();
    let written = system.update::<Page, _, _>(&id, |it| text.clone_into(&mut it.text));
    written.await.expect("a page");
}

#[tokio::test]
async fn who_was_answered_a_record_is_told_of_it_and_nobody_else() {
    for (action, payload) in [
        ("get", json!("a")),
        ("all", json!({})),
        ("all", json!({ "$select": ["id"], "text": "" })),
        ("update", json!({ "id": "a", "text": "own" })),
        ("replace", json!({ "id": "a", "text": "own" })),
        ("create", json!({ "id": "a" })),
    ] {
        let house = house().await;
        if action != "create" {
            page(&house, "a").await;
        }
        let (ann, bob) = (client(&house).await, client(&house).await);
        bob.call("page", "count", json!({})).await.result();
        let answer = ann.call("page", action, payload).await;
        writes(&house, "a", "other").await;
        let told = house.told(&ann).await;
        assert_eq!(briefs(&told), ["update a"], "{action}");
        assert_eq!(told[0][2], json!({ "id": "a", "text": "other" }));
        let prev = told[0][3]["prev"].as_u64();
        assert!(
            prev <= answer.meta()["pos"].as_u64(),
            "{action}: {answer:?}"
        );
        assert_eq!(told[0][3].get("watch"), None);
        assert_eq!(house.brief(&bob).await, [""; 0], "{action}");
    }
}

#[tokio::test]
async fn one_is_told_of_ones_own_changes_as_well() {
    let house = house().await;
    let ann = client(&house).await;
    let page = json!({ "id": "a" });
    ann.call("page", "create", page).await.result();
    let text = json!({ "id": "a", "text": "own" });
    ann.call("page", "update", text).await.result();
    ann.call("page", "destroy", json!("a")).await.result();
    assert_eq!(house.brief(&ann).await, ["update a", "destroy a"]);
}

#[tokio::test]
async fn who_does_not_want_to_be_told_says_so() {
    let house = house().await;
    page(&house, "a").await;
    let ann = client(&house).await;
    for (action, payload) in [
        ("get", json!("a")),
        ("all", json!({})),
        ("update", json!({ "id": "a", "text": "own" })),
    ] {
        let call = ann.call_with("page", action, payload, json!({ "push": false }));
        call.await.result();
    }
    writes(&house, "a", "other").await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
    house.holds((0, 0)).await;
}

#[tokio::test]
async fn of_more_records_than_may_be_held_one_is_answered_and_not_told() {
    let house = house().await;
    for id in ["a", "b", "c", "d"] {
        page(&house, id).await;
    }
    let ann = client(&house).await;
    let full = async |action: &str, payload: Value| {
        let answer = ann.call("page", action, payload).await;
        answer.result();
        answer.meta()["interest"].clone()
    };
    assert_eq!(full("get", json!("a")).await, json!(null));
    assert_eq!(full("all", json!({ "$limit": 3 })).await, json!(null));
    // Nothing is let go for it.
    assert_eq!(full("get", json!("d")).await, "full");
    assert_eq!(full("all", json!({})).await, "full");
    assert_eq!(full("get", json!("a")).await, json!(null));
    for id in ["d", "c", "b", "a"] {
        writes(&house, id, "new").await;
    }
    assert_eq!(
        house.brief(&ann).await,
        ["update c", "update b", "update a"]
    );
    // One that is let go makes room.
    let id = json!({ "id": "b" });
    assert_eq!(
        ann.call("page", "unwatch", id.clone()).await.result(),
        &json!(null)
    );
    assert_eq!(full("get", json!("d")).await, json!(null));
    writes(&house, "b", "newer").await;
    writes(&house, "d", "newer").await;
    assert_eq!(house.brief(&ann).await, ["update d"]);
    let again = ann.call("page", "unwatch", id).await;
    assert_eq!(again.error()["reason"], "unknown_watch");
}

#[tokio::test]
async fn a_record_is_held_until_it_is_destroyed() {
    let house = house().await;
    page(&house, "a").await;
    let ann = client(&house).await;
    ann.call("page", "get", json!("a")).await.result();
    let system = house.app.app().system();
    system.destroy::<Page>(&"a".to_owned()).await.unwrap();
    page(&house, "a").await;
    writes(&house, "a", "another").await;
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["destroy a"]);
    assert_eq!(told[0][2], json!({ "id": "a" }));
    house.holds((0, 0)).await;
}

#[tokio::test]
async fn of_a_record_that_one_may_no_longer_read_one_is_told_its_id_alone() {
    let house = house().await;
    let system = house.app.app().system();
    for (id, team) in [("a", "red"), ("b", "red")] {
        let (id, team) = (id.to_owned(), team.to_owned());
        system.create(Sheet { id, team }).await.unwrap();
    }
    let ann = house.of_team("ann", "red").await;
    joined(&ann).await;
    ann.call("sheet", "all", json!({})).await.result();
    let moved = async |id: &str, team: &str| {
        let id = id.to_owned();
        let moved = system.update::<Sheet, _, _>(&id, |it| team.clone_into(&mut it.team));
        moved.await.unwrap();
    };
    moved("a", "blue").await;
    moved("a", "green").await;
    moved("a", "red").await;
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["destroy a", "create a"]);
    assert_eq!(told[0][2], json!({ "id": "a" }));
    house.moves("ann", "blue").await;
    let mut told = vec![hears(&ann).await, hears(&ann).await];
    told.sort_by_key(brief);
    assert_eq!(briefs(&told), ["destroy a", "destroy b"]);
    assert_eq!(told[1][2], json!({ "id": "b" }));
    moved("a", "green").await;
    // Nobody who has not been answered a record is told of it.
    moved("b", "blue").await;
    assert_eq!(brief(&hears(&ann).await), "create b");
}
