//! `create`: one record, or a batch that is created as a whole or not at all.

use serde_json::{Value, json};
use sockful::{Config, Resource};
use uuid::Uuid;

use super::{Item, app, item};
use crate::support::{self, codes};

#[tokio::test]
async fn a_created_record_is_answered_whole_and_can_be_got() {
    let client = app().await.anonymous();
    let created = client
        .call("item", "create", json!({ "id": "a", "name": "Ann" }))
        .await;
    assert_eq!(created.result(), &item("a", "Ann"));
    assert_eq!(created.meta(), &json!({ "pos": 1, "rev": 1 }));
    let got = client.call("item", "get", json!("a")).await;
    assert_eq!(got.result(), &item("a", "Ann"));
}

#[tokio::test]
async fn without_an_id_the_server_makes_a_uuid_of_version_7() {
    let client = app().await.anonymous();
    for resource in ["item", "plain", "typed"] {
        let created = client
            .call(resource, "create", json!({ "name": "Ann" }))
            .await;
        let id: Uuid = serde_json::from_value(created.result()["id"].clone()).unwrap();
        assert_eq!(id.get_version_num(), 7, "{resource}");
        let got = client.call(resource, "get", json!(id)).await;
        assert_eq!(got.result(), created.result());
    }
}

#[tokio::test]
async fn ids_made_later_sort_after_ids_made_earlier() {
    let client = app().await.anonymous();
    let mut made = Vec::new();
    for _ in 0..20 {
        let created = client.call("typed", "create", json!({})).await;
        made.push(created.result()["id"].as_str().unwrap().to_owned());
    }
    assert!(made.is_sorted(), "{made:?}");
}

#[tokio::test]
async fn a_client_may_choose_the_id() {
    let client = app().await.anonymous();
    let uuid = "0198c0de-0000-7000-8000-000000000001";
    for (resource, id) in [
        ("item", json!("a id with spaces, ümlauts and \u{1f980}")),
        ("signed", json!(-7)),
        ("signed", json!(9_007_199_254_740_991_i64)),
        ("unsigned", json!(7)),
        ("plain", json!(uuid)),
        ("typed", json!(uuid)),
    ] {
        let payload = json!({ "id": id, "name": "Ann" });
        let payload = if resource == "unsigned" {
            json!({ "id": id })
        } else {
            payload
        };
        let created = client.call(resource, "create", payload).await;
        assert_eq!(created.result()["id"], id, "{resource}");
        let got = client.call(resource, "get", id).await;
        assert_eq!(got.result(), created.result(), "{resource}");
    }
}

#[tokio::test]
async fn an_integer_id_is_required() {
    let client = app().await.anonymous();
    for resource in ["signed", "unsigned"] {
        let refused = client.call(resource, "create", json!({})).await;
        assert_eq!(refused.error()["reason"], "invalid");
        assert_eq!(codes(refused.error()), json!({ "id": "required" }));
    }
}

#[tokio::test]
async fn an_id_of_another_type_is_refused() {
    let client = app().await.anonymous();
    for (resource, id) in [
        ("item", json!(5)),
        ("item", json!(null)),
        ("signed", json!("5")),
        ("signed", json!(1.5)),
        ("unsigned", json!(-1)),
        ("plain", json!("no uuid")),
        ("typed", json!("no uuid")),
    ] {
        let refused = client
            .call(resource, "create", json!({ "id": id, "name": "Ann" }))
            .await;
        assert_eq!(refused.error()["reason"], "invalid", "{resource} {id}");
        assert!(codes(refused.error())["id"].is_string(), "{refused:?}");
    }
}

#[tokio::test]
async fn an_empty_id_is_no_id() {
    let client = app().await.anonymous();
    let refused = client
        .call("item", "create", json!({ "id": "", "name": "Ann" }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "id": "required" }));
}

#[tokio::test]
async fn a_uuid_is_one_id_however_it_is_written() {
    let client = app().await.anonymous();
    let (upper, lower) = (
        "0198C0DE-0000-7000-8000-00000000000A",
        "0198c0de-0000-7000-8000-00000000000a",
    );
    for resource in ["plain", "typed"] {
        let created = client
            .call(resource, "create", json!({ "id": upper, "name": "Ann" }))
            .await;
        assert_eq!(created.result()["id"], lower);
        let again = client
            .call(resource, "create", json!({ "id": lower, "name": "Bob" }))
            .await;
        assert_eq!(again.error()["reason"], "exists");
        let changed = client
            .call(resource, "update", json!({ "id": upper, "name": "Cy" }))
            .await;
        assert_eq!(changed.result(), &json!({ "id": lower, "name": "Cy" }));
    }
}

#[tokio::test]
async fn a_server_id_cannot_be_chosen() {
    let client = app().await.anonymous();
    let id = "0198c0de-0000-7000-8000-000000000001";
    let refused = client
        .call("numbered", "create", json!({ "id": id, "name": "Ann" }))
        .await;
    assert_eq!(codes(refused.error()), json!({ "id": "read_only" }));
    let created = client
        .call("numbered", "create", json!({ "name": "Ann" }))
        .await;
    assert_eq!(created.result()["name"], "Ann");
}

#[tokio::test]
async fn a_server_id_still_names_its_record() {
    let client = app().await.anonymous();
    let created = client
        .call("numbered", "create", json!({ "name": "Ann" }))
        .await;
    let id = &created.result()["id"];
    let changed = client
        .call("numbered", "update", json!({ "id": id, "name": "Bob" }))
        .await;
    assert_eq!(changed.result(), &json!({ "id": id, "name": "Bob" }));
    let replaced = client
        .call("numbered", "replace", json!({ "id": id, "name": "Cy" }))
        .await;
    assert_eq!(replaced.result(), &json!({ "id": id, "name": "Cy" }));
}

#[tokio::test]
async fn an_existing_id_is_a_conflict_and_overwrites_nothing() {
    let client = app().await.anonymous();
    client
        .call("item", "create", json!({ "id": "a", "name": "Ann" }))
        .await;
    let refused = client
        .call("item", "create", json!({ "id": "a", "name": "Impostor" }))
        .await;
    assert_eq!(refused.error()["name"], "Conflict");
    assert_eq!(refused.error()["reason"], "exists");
    assert_eq!(codes(refused.error()), json!({ "id": "exists" }));
    let got = client.call("item", "get", json!("a")).await;
    assert_eq!(got.result(), &item("a", "Ann"));
}

#[tokio::test]
async fn a_batch_is_answered_in_its_own_order() {
    let client = app().await.anonymous();
    let batch =
        json!([{ "id": "z", "name": "Zoe" }, { "id": "a", "name": "Ann" }, { "name": "Bob" }]);
    let created = client.call("item", "create", batch).await;
    let records = created.result().as_array().unwrap();
    let names: Vec<_> = records.iter().map(|it| it["name"].clone()).collect();
    assert_eq!(names, ["Zoe", "Ann", "Bob"]);
    assert_eq!(created.meta(), &json!({ "pos": 1, "revs": [1, 1, 1] }));
}

#[tokio::test]
async fn a_batch_of_nothing_is_nothing() {
    let client = app().await.anonymous();
    let created = client.call("item", "create", json!([])).await;
    assert_eq!(created.result(), &json!([]));
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn one_wrong_record_of_a_batch_refuses_all_and_every_mistake_is_told() {
    let client = app().await.anonymous();
    let batch = json!([{ "name": "Ann" }, { "name": 5, "colour": 6 }, { "amount": -1 }, 7]);
    let refused = client.call("item", "create", batch).await;
    assert_eq!(refused.error()["reason"], "invalid_payload");
    let batch = json!([{ "name": "Ann" }, { "name": 5, "colour": 6 }, { "amount": -1 }]);
    let refused = client.call("item", "create", batch).await;
    assert_eq!(refused.error()["reason"], "invalid");
    assert_eq!(
        codes(refused.error()),
        json!({
            "[1].name": "wrong_type", "[1].colour": "wrong_type",
            "[2].name": "required", "[2].amount": "out_of_range"
        })
    );
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn an_id_twice_in_a_batch_refuses_all_and_says_which() {
    let client = app().await.anonymous();
    let batch = json!([{ "id": "a", "name": "Ann" }, { "id": "a", "name": "Bob" }]);
    let refused = client.call("item", "create", batch).await;
    assert_eq!(refused.error()["reason"], "exists");
    assert_eq!(codes(refused.error()), json!({ "[1].id": "exists" }));
    assert_eq!(count(&client).await, 0);
}

#[tokio::test]
async fn an_existing_id_in_a_batch_refuses_all_and_says_which() {
    let client = app().await.anonymous();
    client
        .call("item", "create", json!({ "id": "a", "name": "Ann" }))
        .await;
    let batch = json!([{ "id": "b", "name": "Bob" }, { "id": "a", "name": "Impostor" }]);
    let refused = client.call("item", "create", batch).await;
    assert_eq!(refused.error()["reason"], "exists");
    assert_eq!(codes(refused.error()), json!({ "[1].id": "exists" }));
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn a_batch_may_be_as_large_as_the_limit_and_no_larger() {
    let mut config = Config::default();
    config.max_batch = 3;
    let app = support::app(|app| app.resource::<Item>().config(config)).await;
    let client = app.anonymous();
    let batch = |size| Value::from(vec![json!({ "name": "Ann" }); size]);
    let refused = client.call("item", "create", batch(4)).await;
    assert_eq!(refused.error()["reason"], "batch_too_large");
    assert_eq!(count(&client).await, 0);
    assert!(client.call("item", "create", batch(3)).await.is_ok());
    assert_eq!(count(&client).await, 3);
}

#[tokio::test]
async fn the_typed_api_creates_what_clients_cannot() {
    let app = app().await;
    let record = serde_json::from_value::<Item>(json!({ "id": "a", "name": "Ann" })).unwrap();
    let record = Item {
        cost: Some(7),
        ..record
    };
    let cx = app.app().system();
    let created = cx.create(record).await.unwrap();
    assert_eq!((created.key().as_str(), created.cost), ("a", Some(7)));
    let got = app.anonymous().call("item", "get", json!("a")).await;
    assert_eq!(got.result(), &item("a", "Ann"));
}

async fn count(client: &sockful::testing::TestClient) -> u64 {
    let count = client.call("item", "count", json!({})).await;
    count.result().as_u64().unwrap()
}
