//! What must hold in the store for a changeset, whatever its items have done before.

use super::*;

/// The revision of an account of Ann.
async fn rev(app: &TestApp, id: &str) -> u64 {
    let got = app.login("ann").call("account", "get", json!(id)).await;
    got.meta()["rev"].as_u64().unwrap()
}

#[tokio::test]
async fn a_revision_is_that_of_the_store_although_an_item_before_has_changed_the_record() {
    let app = bank().await;
    let ann = app.login("ann");
    let rev = rev(&app, "b").await;
    let before = [
        json!(["account", "update", { "id": "b", "cents": 5 }]),
        json!(["account", "update", { "id": "b" }]),
        json!(["account", "pay_in", { "id": "b", "cents": 1 }]),
    ];
    for before in &before {
        for (action, payload) in [
            ("update", json!({ "id": "b", "cents": 7 })),
            ("replace", json!({ "id": "b", "owner": "ann" })),
            ("pay_in", json!({ "id": "b", "cents": 7 })),
            ("destroy", json!("b")),
        ] {
            let stale = json!(["account", action, payload, { "if_rev": rev - 1 }]);
            let refused = commit(&ann, json!([before, stale])).await;
            let error = refused.error();
            assert_eq!(
                (&error["reason"], &error["item"]),
                (&json!("stale"), &json!(1)),
                "{before} {action}"
            );
            let message = format!("the account has changed: it is at revision {rev}");
            assert_eq!(error["message"], message);
        }
    }
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
    let good = json!(["account", "destroy", "b", { "if_rev": rev }]);
    commit(&ann, json!([before[0], good])).await.result();
    assert_eq!(cents(&app).await, json!([100, 0]));
}

#[tokio::test]
async fn a_record_that_an_item_before_has_created_has_no_revision() {
    let app = bank().await;
    let create = json!(["account", "create", { "id": "d", "owner": "ann" }]);
    let destroy = json!(["account", "destroy", "d", { "if_rev": 1 }]);
    let refused = commit(&app.login("ann"), json!([create, destroy])).await;
    assert_eq!(refused.error()["reason"], "stale");
    assert_eq!(refused.error()["item"], 1);
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
}

#[tokio::test]
async fn rust_states_a_revision_of_a_record_that_it_changes_twice() {
    let app = bank().await;
    let cx = app.app().system();
    let b = "b".to_owned();
    let rev = rev(&app, "b").await;
    let twice = |rev: u64| {
        cx.changeset()
            .update::<Account, _, _>(&b, |account| account.cents = 5)
            .update::<Account, _, _>(&b, |account| account.cents += 1)
            .if_rev(rev)
            .commit()
    };
    assert_eq!(twice(rev - 1).await.unwrap_err().reason_text(), "stale");
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
    twice(rev).await.unwrap();
    assert_eq!(cents(&app).await, json!([100, 6, 0]));
}

#[tokio::test]
async fn what_is_there_cannot_be_created_and_destroyed() {
    let app = bank().await;
    let ann = app.login("ann");
    let create = |id: &str| json!(["account", "create", { "id": id, "owner": "ann" }]);
    let destroy = |id: &str| json!(["account", "destroy", id]);
    let batch = json!(["account", "create", [{ "id": "b", "owner": "ann" }]]);
    // An account of Ann, and one of Bob, alone and beside something to write.
    for (items, item) in [
        (json!([create("b"), destroy("b")]), 0),
        (json!([create("c"), destroy("c")]), 0),
        (json!([batch, destroy("b")]), 0),
        (json!([create("d"), create("b"), destroy("b")]), 1),
    ] {
        for options in [json!({}), json!({ "op": items.to_string() })] {
            let refused = ann.call_with("sockful", "commit", items.clone(), options);
            let refused = refused.await;
            let error = refused.error();
            assert_eq!(
                (&error["reason"], &error["item"]),
                (&json!("exists"), &json!(item)),
                "{items}"
            );
            let path = format!("[{item}].id");
            assert_eq!(error["errors"][&path][0]["code"], "exists");
        }
    }
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
}

#[tokio::test]
async fn what_is_not_there_can_be_created_and_destroyed() {
    let app = bank().await;
    let create = json!(["account", "create", { "id": "d", "owner": "ann" }]);
    let destroy = json!(["account", "destroy", "d"]);
    let again = json!([create, destroy, create, destroy]);
    let done = commit(&app.login("ann"), again).await;
    assert_eq!(done.result()[1]["id"], "d");
    assert!(done.meta()["pos"].is_null(), "nothing has happened");
    // Destroyed first, it may be created.
    let destroy = json!(["account", "destroy", "b"]);
    let create = json!(["account", "create", { "id": "b", "owner": "ann", "cents": 9 }]);
    let done = commit(&app.login("ann"), json!([destroy, create])).await;
    done.result();
    assert_eq!(cents(&app).await, json!([100, 9, 0]));
}

#[tokio::test]
async fn what_an_item_before_has_seen_is_not_created_and_destroyed_as_if_it_were_new() {
    let app = bank().await;
    let ann = app.login("ann");
    let items = json!([
        ["account", "update", { "id": "b" }],
        ["account", "create", { "id": "b", "owner": "ann" }],
        ["account", "destroy", "b"],
    ]);
    let refused = commit(&ann, items).await;
    let error = refused.error();
    assert_eq!(
        (&error["reason"], &error["item"]),
        (&json!("exists"), &json!(1))
    );
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
}
