//! What somebody may read changes while they watch: they are told of it, and of nothing that they may not read, in whatever order
//! things happen.

mod again;
mod login;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::house::heard;
use super::*;

#[tokio::test]
async fn who_changes_teams_sees_records_leave_and_enter() {
    let house = House::new().await;
    house.note("1", "red").await;
    house.note("2", "blue").await;
    let ann = house.of_team("ann", "red").await;
    let watched = ann.call("note", "watch", json!({})).await;
    house.moves("ann", "blue").await;
    let told = hears(&ann).await;
    assert_eq!(brief(&told), "leave 1 + enter 2");
    let items = told[2].as_array().unwrap();
    assert_eq!(items[0][1], json!({ "id": "1" }));
    let pos = told[3]["pos"].as_u64();
    assert_eq!(told[3]["watch"], watched.result()["watch"]);
    assert!(told[3]["prev"].as_u64() <= watched.meta()["pos"].as_u64());
    // And goes on from there.
    house.writes("1", "red alone").await;
    house.writes("2", "for blue").await;
    house.note("3", "red").await;
    house.note("4", "blue").await;
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["update 2", "enter 4"]);
    assert!(told[0][3]["prev"].as_u64() <= pos);
}

#[tokio::test]
async fn a_record_that_is_given_away_leaves_and_one_that_is_given_enters() {
    let house = House::new().await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    let bob = house.of_team("bob", "blue").await;
    for client in [&ann, &bob] {
        client.call("note", "watch", json!({})).await.result();
    }
    // By somebody who may not read it afterwards.
    let given = json!({ "id": "1", "team": "blue", "text": "for blue alone" });
    let answer = ann.call("note", "update", given).await;
    assert_eq!(answer.result(), &json!(null));
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["leave 1"]);
    assert_eq!(told[0][2], json!({ "id": "1" }));
    let told = house.told(&bob).await;
    assert_eq!(briefs(&told), ["enter 1"]);
    assert_eq!(told[0][2]["text"], "for blue alone");
    // What happens to it where somebody may not read it, they do not learn.
    house.writes("1", "again").await;
    let system = house.app.app().system();
    system.destroy::<Note>(&"1".to_owned()).await.unwrap();
    assert_eq!(house.brief(&ann).await, [""; 0]);
    assert_eq!(house.brief(&bob).await, ["update 1", "leave 1"]);
}

#[tokio::test]
async fn while_it_is_not_known_what_somebody_may_read_nothing_is_told() {
    let house = House::new().await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    house.gate.close();
    house.moves("ann", "blue").await;
    house.gate.is_reached().await;
    house.writes("1", "blue must not read this").await;
    // These come and go, or come and stay, where ann was and is no more: she is not to learn that they are there.
    house.note("came-and-went", "red").await;
    let system = house.app.app().system();
    let id = "came-and-went".to_owned();
    let gone = system.destroy::<Note>(&id);
    gone.await.unwrap();
    house.note("came", "red").await;
    house.note("for-both", "red").await;
    let id = "for-both".to_owned();
    let shown = system.update::<Note, _, _>(&id, |note| note.public = true);
    shown.await.unwrap();
    house.note("2", "blue").await;
    assert_eq!(heard(&ann), None);
    house.gate.open();
    let told = hears(&ann).await;
    let text = told.to_string();
    assert!(
        !text.contains("must not") && !text.contains("came"),
        "{text}"
    );
    let items: HashSet<_> = brief(&told).split(" + ").map(str::to_owned).collect();
    let expected = ["leave 1", "enter for-both", "enter 2"].map(str::to_owned);
    assert_eq!(items, HashSet::from(expected));
    house.note("3", "blue").await;
    assert_eq!(house.brief(&ann).await, ["enter 3"]);
}

#[tokio::test]
async fn a_watch_that_was_asked_for_with_rights_that_are_gone_tells_nothing_by_them() {
    let house = House::new().await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    // Her facts are known by now.
    ann.call("note", "count", json!({})).await.result();
    house.gate.close();
    house.app.app().reauthorise("ann");
    let watching = tokio::spawn(ann.emit(&["note".into(), "watch".into(), json!({})]));
    house.gate.is_reached().await;
    house.moves("ann", "blue").await;
    house.gate.open();
    watching.await.unwrap().result();
    house.note("2", "red").await;
    house.note("3", "blue").await;
    // Whatever she began with: from the end of her rights on she is told by the new ones.
    let mut told = Vec::new();
    while !told.iter().any(|event: &String| event.contains("enter 3")) {
        told.push(brief(&hears(&ann).await));
    }
    assert!(!told.iter().any(|event| event.contains('2')), "{told:?}");
}

#[tokio::test]
async fn rights_that_change_nothing_interrupt_nothing() {
    let house = House::new().await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    house.gate.close();
    house.app.app().reauthorise("ann");
    house.gate.is_reached().await;
    house.writes("1", "meanwhile").await;
    assert_eq!(heard(&ann), None);
    house.gate.open();
    assert_eq!(brief(&hears(&ann).await), "update 1");
    house.writes("1", "afterwards").await;
    assert_eq!(house.brief(&ann).await, ["update 1"]);
}

#[tokio::test]
async fn more_than_is_told_at_once_is_to_be_read_anew() {
    let house = House::with(|config| config.max_push = 3, |app| app).await;
    for id in ["1", "2", "3", "4"] {
        house.note(id, "red").await;
    }
    let ann = house.of_team("ann", "red").await;
    let watched = ann.call("note", "watch", json!({})).await;
    house.moves("ann", "blue").await;
    let told = hears(&ann).await;
    let expected =
        json!({ "watch": watched.result()["watch"], "resource": "note", "reason": "policy" });
    assert_eq!(
        (brief(&told).as_str(), &told[2]),
        ("reset policy", &expected)
    );
    house.writes("1", "not for blue").await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
    house.comes_to_rest().await;
}

#[tokio::test]
async fn who_is_revoked_hears_nothing_of_what_happens_afterwards() {
    let house = House::new().await;
    let ann = house.of_team("ann", "red").await;
    let bob = house.of_team("bob", "red").await;
    for client in [&ann, &bob] {
        client.call("note", "watch", json!({})).await.result();
    }
    // One after the other, so that nothing else has a turn in between.
    house.app.app().revoke("ann");
    house.note("1", "red").await;
    assert_eq!(ann.closing().await, "revoked");
    assert_eq!(house.brief(&bob).await, ["enter 1"]);
    while let Some(event) = heard_to_the_end(&ann).await {
        assert_eq!(brief(&event), "reset policy");
    }
    house.holds((1, 1)).await;
}

/// What a client whose session has ended was told before, one after the other.
async fn heard_to_the_end(client: &sockful::testing::TestClient) -> Option<serde_json::Value> {
    let client = client.clone();
    tokio::spawn(async move { client.event().await }).await.ok()
}

#[tokio::test]
async fn a_user_whom_the_app_refuses_from_now_on_is_told_so_and_nothing_else() {
    let house = House::new().await;
    house.note("1", "red").await;
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    let cards = ann.call("card", "watch", json!({})).await;
    cards.result();
    let system = house.app.app().system();
    system.destroy::<Member>(&"ann".to_owned()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(brief(&hears(&ann).await), "reset policy");
    }
    house.writes("1", "not for her").await;
    house.card("a", 1).await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
    house.holds((0, 0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_at_once_nobody_is_told_of_what_they_may_not_read() {
    let house = Arc::new(House::new().await);
    let ann = house.of_team("ann", "red").await;
    ann.call("note", "watch", json!({})).await.result();
    let writer = {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            for number in 0..200 {
                let team = ["red", "blue"][number % 2];
                house.note(&format!("{team}-{number}"), team).await;
            }
        })
    };
    // What she was when a note was made is what its push may be of.
    for turn in 0..20 {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        house.moves("ann", ["blue", "red"][turn % 2]).await;
    }
    writer.await.unwrap();
    // By now she is red: a copy made of all pushes holds what is red, and nothing else.
    house.note("red-last", "red").await;
    let mut records: HashSet<String> = HashSet::new();
    while !records.contains("red-last") {
        let event = hears(&ann).await;
        for item in brief(&event).split(" + ") {
            let (action, id) = item.split_once(' ').expect("an action and an id");
            match action {
                "leave" => drop(records.remove(id)),
                // Where a store is slow, too much has changed meanwhile to be told.
                "reset" => {
                    let anew = ann.call("note", "watch", json!({})).await;
                    let found = anew.result()["records"].as_array().expect("a list");
                    let ids = found.iter().filter_map(|it| it["id"].as_str());
                    records = ids.map(str::to_owned).collect();
                }
                _ => drop(records.insert(id.to_owned())),
            }
        }
    }
    assert!(
        records.iter().all(|id| id.starts_with("red")),
        "{records:?}"
    );
    assert_eq!(records.len(), 101);
}
