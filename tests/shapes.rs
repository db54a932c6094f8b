//! Records of every shape keep their values on the way to the store and back.

mod bigint;
mod enums;
mod numbers;
mod survival;
mod times;
mod words;

use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{Key, Record};

use crate::support;

/// An app with one resource, and a client of it.
async fn app<R: Resource + Record>() -> (TestApp, TestClient) {
    let app = support::app(|app| app.resource::<R>()).await;
    let client = app.anonymous();
    (app, client)
}

/// Creates a record from Rust and hands it around: what clients are answered is one and the same
/// everywhere, and what they send back is the same record.
async fn survives<R>(app: &TestApp, client: &TestClient, record: R)
where
    R: Resource + Record + Clone + PartialEq + std::fmt::Debug,
{
    let resource = app.app().schemas().next().unwrap().name;
    let cx = app.app().system();
    let id = record.key().clone();
    let created = cx.create(record.clone()).await;
    assert_eq!(created.expect("a record"), record);
    assert_eq!(cx.get::<R>(&id).await.unwrap(), record);

    let all = client.call(resource, "all", json!({})).await;
    let sent = &all.result()[0]["id"];
    let got = client.call(resource, "get", sent.clone()).await;
    let (got, unchanged) = (got.result(), got.meta());
    assert_eq!(all.result(), &json!([got]));
    for action in ["replace", "update"] {
        let same = client.call(resource, action, got.clone()).await;
        assert_eq!(same.result(), got);
        assert_eq!(same.meta(), unchanged, "{action} changed {got}");
    }
    let destroyed = client.call(resource, "destroy", sent.clone()).await;
    assert_eq!(destroyed.result(), got);
    let again = client.call(resource, "create", got.clone()).await;
    assert_eq!(again.result(), got);
    assert_eq!(cx.get::<R>(&id).await.unwrap(), record);
    cx.destroy::<R>(&id).await.unwrap();
}

/// The answer to a `create` of `fields`, without the id.
async fn created(client: &TestClient, resource: &str, fields: Value) -> Value {
    let created = client.call(resource, "create", fields).await;
    let mut record = created.result().clone();
    let id = record.as_object_mut().unwrap().remove("id").unwrap();
    let got = client.call(resource, "get", json!(id)).await;
    assert_eq!(got.result(), created.result());
    record
}

/// Whether ids of this type can be given as text.
#[test]
fn every_type_of_id_is_kept_as_it_is() {
    assert_eq!(
        "a".to_owned().to_value(),
        Some(sockful::Value::Text("a".into()))
    );
    assert_eq!(7_i64.to_value(), Some(sockful::Value::Int(7)));
    assert_eq!(7_u64.to_value(), Some(sockful::Value::Int(7)));
    assert_eq!(u64::MAX.to_value(), None);
    let uuid = uuid::Uuid::now_v7();
    assert_eq!(
        uuid.to_value(),
        Some(sockful::Value::Text(uuid.to_string().into()))
    );
}
