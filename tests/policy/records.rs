//! The built-in actions and methods of records.

use serde_json::{Value, json};
use sockful::testing::TestClient;

use super::{filled, ids, notes, refusal, result};

#[tokio::test]
async fn a_list_holds_what_the_caller_may_read() {
    let app = filled().await;
    let list = async |client: TestClient| {
        let all = result(&client, "all", json!({})).await;
        let count = result(&client, "count", json!({})).await;
        assert_eq!(count, ids(&all).len());
        let readable = result(&client, "readable", json!({})).await;
        assert_eq!(readable, count);
        ids(&all).join(" ")
    };
    assert_eq!(list(app.anonymous()).await, "public");
    assert_eq!(list(app.login("ann")).await, "public secret shared");
    assert_eq!(list(app.login("bob")).await, "public shared");
    assert_eq!(list(app.login("root")).await, "public secret shared");
}

#[tokio::test]
async fn a_query_finds_nothing_that_the_caller_may_not_read() {
    let app = filled().await;
    let bob = app.login("bob");
    for query in [
        json!({ "owner": "ann", "public": false }),
        json!({ "$or": [{ "id": "secret" }, { "id": "shared" }] }),
        json!({ "id": { "$nin": ["public"] } }),
    ] {
        let found = bob.call("note", "all", query).await;
        assert_eq!(ids(found.result()), ["shared"]);
    }
}

#[tokio::test]
async fn a_foreign_record_is_one_that_is_not_there() {
    let app = filled().await;
    for client in [app.anonymous(), app.login("bob")] {
        for (action, rest) in [
            ("get", json!({})),
            ("update", json!({ "text": "mine" })),
            ("replace", json!({ "owner": "bob" })),
            ("destroy", json!({})),
            ("sign", json!({})),
            ("hand_over", json!({ "owner": "bob" })),
            ("length", json!({})),
        ] {
            let ask = async |id: &str| {
                let mut payload = rest.clone();
                payload["id"] = id.into();
                refusal(&client, action, payload).await
            };
            let foreign = ask("secret").await;
            assert_eq!(foreign["code"], 404, "{action}: {foreign}");
            assert_eq!(foreign, ask("missing").await, "{action}");
        }
    }
}

#[tokio::test]
async fn the_revision_of_a_foreign_record_is_not_told() {
    let app = filled().await;
    let bob = app.login("bob");
    let update = json!({ "id": "secret", "text": "mine" });
    let options = json!({ "if_rev": 1_000 });
    let refused = bob.call_with("note", "update", update, options).await;
    assert_eq!(refused.error()["code"], 404);
}

#[tokio::test]
async fn what_may_be_read_but_not_changed_is_forbidden() {
    let app = filled().await;
    let bob = app.login("bob");
    for (action, payload) in [
        ("update", json!({ "id": "shared", "text": "mine" })),
        ("update", json!({ "id": "shared" })),
        ("replace", json!({ "id": "shared", "owner": "bob" })),
        ("destroy", json!("shared")),
        ("sign", json!({ "id": "shared" })),
    ] {
        let refused = bob.call("note", action, payload).await;
        let refused = refused.error();
        assert_eq!(
            (&refused["code"], &refused["reason"]),
            (&json!(403), &json!("policy"))
        );
    }
    assert_eq!(result(&bob, "length", json!({ "id": "shared" })).await, 0);
}

#[tokio::test]
async fn a_record_is_made_only_as_the_policy_allows() {
    let app = notes().await;
    let foreign = json!({ "id": "note", "owner": "ann" });
    for client in [app.anonymous(), app.login("bob"), app.login("root")] {
        let refused = refusal(&client, "create", foreign.clone()).await;
        assert_eq!(refused["code"], 403);
    }
    assert_eq!(result(&app.login("ann"), "count", json!({})).await, 0);
}

#[tokio::test]
async fn a_batch_with_one_forbidden_record_makes_none_and_names_it() {
    let app = notes().await;
    let bob = app.login("bob");
    let batch = json!([{ "id": "1", "owner": "bob" }, { "id": "2", "owner": "ann" }]);
    let refused = refusal(&bob, "create", batch).await;
    assert_eq!(
        (&refused["code"], &refused["item"]),
        (&json!(403), &json!(1))
    );
    assert_eq!(result(&app.login("root"), "count", json!({})).await, 0);
}

#[tokio::test]
async fn nobody_gives_a_record_away_that_only_its_owner_may_change() {
    let app = filled().await;
    let ann = app.login("ann");
    let given = json!({ "id": "secret", "owner": "bob" });
    assert_eq!(refusal(&ann, "update", given.clone()).await["code"], 403);
    assert_eq!(refusal(&ann, "replace", given).await["code"], 403);
    let given = json!({ "id": "secret", "owner": "bob" });
    assert_eq!(refusal(&ann, "hand_over", given.clone()).await["code"], 403);
    // A method decides by itself what becomes of a record, unless it says `check_after`.
    assert_eq!(result(&ann, "sign", given).await, "!");
    let bob = result(&app.login("bob"), "get", json!("secret")).await;
    assert_eq!(bob["owner"], "bob");
}

#[tokio::test]
async fn what_the_caller_can_no_longer_read_is_answered_null() {
    let app = filled().await;
    let ann = app.login("ann");
    ann.call(
        "note",
        "update",
        json!({ "id": "secret", "writer": "bob", "readers": ["bob"] }),
    )
    .await
    .result();
    let bob = app.login("bob");
    let blinded = json!({ "id": "secret", "readers": [] });
    let answer = bob.call("note", "update", blinded).await;
    assert!(answer.meta()["rev"].is_u64());
    assert_eq!(answer.result(), &Value::Null);
    assert_eq!(refusal(&bob, "get", json!("secret")).await["code"], 404);
}
