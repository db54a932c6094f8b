//! `update`, `replace`, `destroy`.

use serde_json::{Value, json};
use sockful::ErrorKind;
use sockful::testing::{TestApp, TestClient};

use super::{Item, app, item};
use crate::support::codes;

/// An app with one item that has a value in every field, the private one included.
async fn stocked() -> (TestApp, TestClient) {
    let app = app().await;
    let record = json!({
        "id": "a", "name": "Ann", "colour": "red", "amount": 5, "note": "tall", "place": { "x": 1, "y": 2 }
    });
    let record = Item {
        cost: Some(7),
        ..serde_json::from_value(record).unwrap()
    };
    app.app().system().create(record).await.unwrap();
    let client = app.anonymous();
    (app, client)
}

/// The item of [`stocked`] with other values.
fn ann(other: Value) -> Value {
    let mut ann = json!({
        "id": "a", "name": "Ann", "colour": "red", "amount": 5, "note": "tall", "place": { "x": 1, "y": 2 }
    });
    let Value::Object(other) = other else {
        panic!("no object: {other}")
    };
    ann.as_object_mut().unwrap().extend(other);
    ann
}

async fn cost(app: &TestApp) -> Option<u64> {
    let cx = app.app().system();
    cx.get::<Item>(&"a".into()).await.unwrap().cost
}

#[tokio::test]
async fn update_changes_what_it_names_and_nothing_else() {
    let (app, client) = stocked().await;
    let changed = client
        .call("item", "update", json!({ "id": "a", "amount": 6 }))
        .await;
    assert_eq!(changed.result(), &ann(json!({ "amount": 6 })));
    assert_eq!(changed.meta(), &json!({ "pos": 2, "rev": 2 }));
    let got = client.call("item", "get", json!("a")).await;
    assert_eq!(got.result(), changed.result());
    assert_eq!(cost(&app).await, Some(7));
}

#[tokio::test]
async fn update_does_not_care_where_the_id_stands() {
    let (_app, client) = stocked().await;
    let payload = json!({ "amount": 6, "name": "Bob", "id": "a" });
    let changed = client.call("item", "update", payload).await;
    assert_eq!(
        changed.result(),
        &ann(json!({ "amount": 6, "name": "Bob" }))
    );
}

#[tokio::test]
async fn a_record_keeps_its_id_whatever_changes_it() {
    let (app, client) = stocked().await;
    let cx = app.app().system();
    let id = "a".to_owned();
    let renamed = cx.update::<Item, _, _>(&id, |it| it.id = "b".into());
    assert_eq!(
        renamed.await.map(drop).unwrap_err().kind(),
        ErrorKind::Internal
    );
    let all = client.call("item", "all", json!({})).await;
    assert_eq!(all.result(), &json!([ann(json!({}))]));
    assert_eq!(all.meta()["revs"], json!([1]));
}

#[tokio::test]
async fn what_names_no_record_changes_none_and_certainly_not_all() {
    let (_app, client) = stocked().await;
    for action in ["get", "update", "replace", "destroy", "add"] {
        for payload in [
            json!(null),
            json!([]),
            json!(["a"]),
            json!([{ "id": "a", "name": "Bob" }]),
            json!({ "name": "Ann" }),
            json!({ "id": { "$ne": "b" }, "name": "Bob" }),
            json!({ "id": ["a"], "name": "Bob" }),
        ] {
            let refused = client.call("item", action, payload.clone()).await;
            let code = refused.error()["code"].as_u64();
            assert!(
                matches!(code, Some(400 | 422)),
                "{action} {payload}: {refused:?}"
            );
        }
    }
    let all = client.call("item", "all", json!({})).await;
    assert_eq!(all.result(), &json!([ann(json!({}))]));
    assert_eq!(all.meta()["revs"], json!([1]));
}

#[tokio::test]
async fn null_clears_an_optional_field() {
    let (_app, client) = stocked().await;
    let changed = client
        .call("item", "update", json!({ "id": "a", "note": null }))
        .await;
    assert_eq!(changed.result(), &ann(json!({ "note": null })));
}

#[tokio::test]
async fn null_is_refused_where_a_value_must_be() {
    let (_app, client) = stocked().await;
    let refused = client
        .call(
            "item",
            "update",
            json!({ "id": "a", "name": null, "amount": null }),
        )
        .await;
    assert_eq!(
        codes(refused.error()),
        json!({ "name": "wrong_type", "amount": "wrong_type" })
    );
    let got = client.call("item", "get", json!("a")).await;
    assert_eq!(got.result(), &ann(json!({})));
}

#[tokio::test]
async fn a_nested_value_is_replaced_whole() {
    let (_app, client) = stocked().await;
    let changed = client
        .call("item", "update", json!({ "id": "a", "place": { "x": 9 } }))
        .await;
    assert_eq!(
        changed.result(),
        &ann(json!({ "place": { "x": 9, "y": 0 } }))
    );
    let refused = client
        .call("item", "update", json!({ "id": "a", "place": { "y": 9 } }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "place.x": "required" }));
}

#[tokio::test]
async fn an_update_that_changes_nothing_commits_nothing() {
    let (_app, client) = stocked().await;
    for payload in [
        json!({ "id": "a" }),
        json!({ "id": "a", "amount": 5, "note": "tall" }),
    ] {
        let same = client.call("item", "update", payload).await;
        assert_eq!(same.result(), &ann(json!({})));
        assert_eq!(same.meta(), &json!({ "rev": 1 }));
    }
    assert_eq!(
        client.call("item", "all", json!({})).await.meta(),
        &json!({ "pos": 1, "revs": [1] })
    );
}

#[tokio::test]
async fn a_replacement_that_changes_nothing_commits_nothing() {
    let (_app, client) = stocked().await;
    let same = client.call("item", "replace", ann(json!({}))).await;
    assert_eq!(same.meta(), &json!({ "rev": 1 }));
}

#[tokio::test]
async fn a_revision_is_the_position_of_the_last_change() {
    let (_app, client) = stocked().await;
    for rev in 2..6 {
        let payload = json!({ "id": "a", "amount": 100 + rev });
        let changed = client.call("item", "update", payload).await;
        assert_eq!(changed.meta()["rev"], rev);
        assert_eq!(changed.meta()["pos"], rev);
    }
    let changed = client
        .call("item", "add", json!({ "id": "a", "amount": 1 }))
        .await;
    assert_eq!(changed.meta(), &json!({ "pos": 6, "rev": 6 }));
}

#[tokio::test]
async fn update_tells_everything_that_is_wrong_and_changes_nothing() {
    let (_app, client) = stocked().await;
    let payload = json!({ "id": "a", "name": 1, "colour": "green", "amount": "x", "size": 3 });
    let refused = client.call("item", "update", payload).await;
    assert_eq!(refused.error()["reason"], "invalid");
    assert_eq!(
        codes(refused.error()),
        json!({ "name": "wrong_type", "amount": "wrong_type", "size": "unknown_field" })
    );
    let got = client.call("item", "get", json!("a")).await;
    assert_eq!(got.result(), &ann(json!({})));
}

#[tokio::test]
async fn replace_takes_the_default_of_what_is_absent() {
    let (_app, client) = stocked().await;
    let replaced = client
        .call("item", "replace", json!({ "id": "a", "name": "Bob" }))
        .await;
    assert_eq!(replaced.result(), &item("a", "Bob"));
    assert_eq!(replaced.meta(), &json!({ "pos": 2, "rev": 2 }));
}

#[tokio::test]
async fn replace_keeps_what_is_private() {
    let (app, client) = stocked().await;
    client
        .call("item", "replace", json!({ "id": "a", "name": "Bob" }))
        .await;
    assert_eq!(cost(&app).await, Some(7));
}

#[tokio::test]
async fn replace_needs_what_create_needs() {
    let (_app, client) = stocked().await;
    let refused = client
        .call("item", "replace", json!({ "id": "a", "amount": 1 }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "name": "required" }));
}

#[tokio::test]
async fn replace_creates_nothing() {
    let (_app, client) = stocked().await;
    let refused = client
        .call("item", "replace", json!({ "id": "b", "name": "Bob" }))
        .await;
    assert_eq!(refused.error()["reason"], "not_found");
    assert_eq!(client.call("item", "count", json!({})).await.result(), 1);
}

#[tokio::test]
async fn a_change_without_an_id_is_refused() {
    let (_app, client) = stocked().await;
    for action in ["update", "replace", "get", "destroy"] {
        let refused = client.call("item", action, json!({})).await;
        assert_eq!(
            codes(refused.error()),
            json!({ "id": "required" }),
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_destroyed_record_is_answered_once_more_and_is_gone() {
    let (_app, client) = stocked().await;
    let destroyed = client.call("item", "destroy", json!({ "id": "a" })).await;
    assert_eq!(destroyed.result(), &ann(json!({})));
    assert_eq!(destroyed.meta(), &json!({ "pos": 2, "rev": 2 }));
    let got = client.call("item", "get", json!("a")).await;
    assert_eq!(got.error()["reason"], "not_found");
    assert_eq!(client.call("item", "count", json!({})).await.result(), 0);
}

#[tokio::test]
async fn destroy_takes_nothing_but_an_id() {
    let (_app, client) = stocked().await;
    let refused = client
        .call("item", "destroy", json!({ "id": "a", "name": "Ann" }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "name": "unknown_field" }));
    assert_eq!(client.call("item", "count", json!({})).await.result(), 1);
}

#[tokio::test]
async fn the_id_of_a_destroyed_record_can_be_used_again_but_no_revision_of_it() {
    let (app, client) = stocked().await;
    client.call("item", "destroy", json!("a")).await;
    let created = client
        .call("item", "create", json!({ "id": "a", "name": "Bob" }))
        .await;
    assert_eq!(created.result(), &item("a", "Bob"));
    assert_eq!(created.meta(), &json!({ "pos": 3, "rev": 3 }));
    assert_eq!(cost(&app).await, None);

    let options = json!({ "if_rev": 1 });
    let change = json!({ "id": "a", "name": "Ann" });
    let late = client.call_with("item", "update", change, options).await;
    assert_eq!(late.error()["reason"], "stale");
}
