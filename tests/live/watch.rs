//! Watching: what matches now, and from then on what becomes of it.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_watch_answers_what_matches_and_the_position_of_that() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    for (id, size) in [("a", 9), ("b", 1)] {
        let card = json!({ "id": id, "size": size });
        ann.call("card", "create", card).await.result();
    }
    let last = json!({ "id": "c", "size": 7 });
    let last = ann.call("card", "create", last).await;
    let watched = ann
        .call("card", "watch", json!({ "size": { "$gt": 5 } }))
        .await;
    let (result, meta) = (watched.result(), watched.meta());
    assert_eq!(
        result["records"],
        json!([
            { "id": "a", "title": "", "size": 9 },
            { "id": "c", "title": "", "size": 7 },
        ])
    );
    assert_eq!(meta["pos"], last.meta()["pos"]);
    assert_eq!(meta["revs"][1], last.meta()["rev"]);
    assert_eq!(meta["revs"].as_array().map(Vec::len), Some(2));
    for text in [&result["watch"], &meta["epoch"], &meta["view"]] {
        assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{text}");
    }
}

#[tokio::test]
async fn records_enter_change_and_leave() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let query = json!({ "size": { "$gt": 5 } });
    let watched = ann.call("card", "watch", query).await;
    house.card("a", 9).await;
    house.resizes("a", 8).await;
    house.resizes("a", 1).await;
    house.resizes("a", 2).await;
    house.resizes("a", 7).await;
    let system = house.app.app().system();
    system.destroy::<Card>(&"a".to_owned()).await.unwrap();
    let told = house.told(&ann).await;
    assert_eq!(
        briefs(&told),
        ["enter a", "update a", "leave a", "enter a", "leave a"]
    );
    let pos = |place: usize| told[place][3]["pos"].as_u64().unwrap();
    let first = json!(["card", "enter", { "id": "a", "title": "", "size": 9 }, {
        "pos": pos(0), "prev": watched.meta()["pos"], "rev": pos(0), "watch": watched.result()["watch"],
    }]);
    assert_eq!(told[0], first);
    // Of what has left nothing is told but which it was.
    let third = json!(["card", "leave", { "id": "a" }, {
        "pos": pos(2), "prev": pos(1), "rev": pos(2), "watch": watched.result()["watch"],
    }]);
    assert_eq!(told[2], third);
}

#[tokio::test]
async fn what_one_transaction_changes_is_told_at_once() {
    let house = House::new().await;
    house.card("old", 9).await;
    let ann = house.app.anonymous();
    ann.call("card", "watch", json!({ "size": { "$gt": 5 } }))
        .await
        .result();
    let changes = json!([
        ["card", "create", { "id": "a", "size": 9 }],
        ["card", "create", { "id": "b", "size": 1 }],
        ["card", "update", { "id": "old", "size": 2 }],
        ["card", "create", { "id": "c", "size": 8 }],
    ]);
    let bob = house.app.anonymous();
    let done = bob
        .emit(&["sockful".into(), "commit".into(), changes])
        .await;
    let told = house.told(&ann).await;
    assert_eq!(briefs(&told), ["enter a + leave old + enter c"]);
    assert_eq!(told[0][3]["pos"], done.meta()["pos"]);
    assert_eq!(told[0][3].get("rev"), None, "each has its own");
    let items = told[0][2].as_array().unwrap();
    assert!(items.iter().all(|item| item[2] == told[0][3]["pos"]));
}

#[tokio::test]
async fn only_what_is_selected_is_told_and_nothing_private() {
    let house = House::new().await;
    house.card("a", 1).await;
    let (ann, bob) = (house.app.anonymous(), house.app.anonymous());
    let watched = ann
        .call("card", "watch", json!({ "$select": ["title"] }))
        .await;
    assert_eq!(
        watched.result()["records"],
        json!([{ "id": "a", "title": "" }])
    );
    bob.call("card", "watch", json!({})).await.result();
    let system = house.app.app().system();
    let id = "a".to_owned();
    let priced = system.update::<Card, _, _>(&id, |card| {
        card.cost = Some(5);
        card.size = 2;
    });
    priced.await.unwrap();
    let told = house.told(&ann).await;
    assert_eq!(told[0][2], json!({ "id": "a", "title": "" }));
    let told = house.told(&bob).await;
    assert_eq!(told[0][2], json!({ "id": "a", "title": "", "size": 2 }));
}

#[tokio::test]
async fn one_record_is_watched_by_its_id() {
    let house = House::new().await;
    house.card("a", 1).await;
    let ann = house.app.anonymous();
    let by_id = ann.call("card", "watch", json!("a")).await;
    let by_query = ann.call("card", "watch", json!({ "id": "a" })).await;
    assert_eq!(by_id.result()["watch"], by_query.result()["watch"]);
    assert_eq!(by_id.result()["records"][0]["id"], "a");
    // One that is not there yet, too.
    ann.call("card", "watch", json!("later")).await.result();
    house.card("b", 1).await;
    house.card("later", 1).await;
    house.resizes("a", 2).await;
    assert_eq!(house.brief(&ann).await, ["enter later", "update a"]);
}

#[tokio::test]
async fn the_same_question_has_the_same_id_whoever_asks() {
    let house = House::new().await;
    let (ann, bob) = (
        house.of_team("ann", "red").await,
        house.of_team("bob", "blue").await,
    );
    let one = json!({ "public": true, "team": { "$in": ["red", "blue"] } });
    let other = json!({ "team": { "$in": ["blue", "red"] }, "public": true });
    let one = ann.call("note", "watch", one).await;
    let other = bob.call("note", "watch", other).await;
    assert_eq!(one.result()["watch"], other.result()["watch"]);
    // Their rights are not the same.
    assert_ne!(one.meta()["view"], other.meta()["view"]);
    let cards = ann.call("card", "watch", json!({})).await;
    let notes = ann.call("note", "watch", json!({})).await;
    assert_ne!(cards.result()["watch"], notes.result()["watch"]);
}

#[tokio::test]
async fn who_watches_the_same_again_begins_anew_and_is_told_once() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    ann.call("card", "watch", json!({})).await.result();
    house.card("a", 1).await;
    let again = ann.call("card", "watch", json!({})).await;
    assert_eq!(again.result()["records"].as_array().map(Vec::len), Some(1));
    house.holds((1, 1)).await;
    house.card("b", 1).await;
    assert_eq!(house.brief(&ann).await, ["enter a", "enter b"]);
}

#[tokio::test]
async fn one_question_of_many_is_one_group() {
    let house = House::new().await;
    let clients: Vec<_> = (0..10).map(|_| house.app.anonymous()).collect();
    for client in &clients {
        client.call("card", "watch", json!({})).await.result();
    }
    house.holds((1, 10)).await;
    house.card("a", 1).await;
    for client in &clients {
        assert_eq!(house.brief(client).await, ["enter a"]);
    }
}

#[tokio::test]
async fn what_is_no_longer_watched_is_no_longer_told() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let small = ann.call("card", "watch", json!({ "size": 1 })).await;
    let large = ann.call("card", "watch", json!({ "size": 9 })).await;
    let end = async |watch| ann.call("card", "unwatch", watch).await;
    let small = small.result()["watch"].clone();
    assert_eq!(end(small.clone()).await.result(), &json!(null));
    house.card("a", 1).await;
    house.card("b", 9).await;
    assert_eq!(house.brief(&ann).await, ["enter b"]);
    for unknown in [small, json!("nothing"), json!({ "id": "a" })] {
        let refused = end(unknown).await;
        assert_eq!(refused.error()["code"], 404);
        assert_eq!(refused.error()["reason"], "unknown_watch");
    }
    end(large.result()["watch"].clone()).await.result();
    house.comes_to_rest().await;
}
