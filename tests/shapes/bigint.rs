//! Integers as decimal text, wherever a record or a part of one is sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::Bigint;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::survives;
use crate::support::{app, codes};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Purse {
    #[serde(with = "sockful::Bigint")]
    #[resource(bigint)]
    id: i64,
    #[serde(with = "Bigint")]
    #[resource(bigint)]
    coins: u64,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    debt: Option<i64>,
    #[serde(default)]
    deals: Vec<Deal>,
    #[serde(default, skip_serializing, with = "sockful::Bigint")]
    #[resource(private, bigint)]
    secret: u64,
}

/// Not a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Deal {
    #[serde(with = "sockful::Bigint")]
    price: u64,
    #[serde(default, with = "sockful::Bigint")]
    rebate: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
struct Wrapped {
    of: Purse,
    prices: Vec<Deal>,
}

#[remote]
impl Purse {
    #[remote]
    fn itself(&self) -> Self {
        self.clone()
    }

    #[remote]
    fn wrapped(&self) -> Wrapped {
        Wrapped {
            of: self.clone(),
            prices: self.deals.clone(),
        }
    }

    #[remote]
    fn trade(&mut self, deal: Deal) -> String {
        let told = (deal.price + 1).to_string();
        self.deals.push(deal);
        told
    }

    #[remote]
    fn hide(&mut self) {
        self.secret = i64::MAX as u64;
    }

    #[remote]
    fn hidden(&self) -> String {
        self.secret.to_string()
    }
}

const ID: i64 = 9_007_199_254_740_993;

async fn purses() -> (TestApp, TestClient) {
    let app = app(|app| app.resource::<Purse>()).await;
    let client = app.anonymous();
    (app, client)
}

async fn purse() -> (TestApp, TestClient, Value) {
    let (app, client) = purses().await;
    let deals = json!([{ "price": "9223372036854775807" }]);
    let purse =
        json!({ "id": ID.to_string(), "coins": i64::MAX.to_string(), "debt": -5, "deals": deals });
    let created = client.call("purse", "create", purse).await;
    let created = created.result().clone();
    (app, client, created)
}

#[tokio::test]
async fn a_record_has_one_form_in_answers_of_every_kind() {
    let (_app, client, created) = purse().await;
    let expected = json!({
        "id": "9007199254740993", "coins": "9223372036854775807", "debt": "-5",
        "deals": [{ "price": "9223372036854775807", "rebate": null }],
    });
    assert_eq!(created, expected);
    let id = json!({ "id": "9007199254740993" });
    for action in ["get", "itself"] {
        let answer = client.call("purse", action, id.clone()).await;
        assert_eq!(answer.result(), &expected, "{action}");
    }
    let wrapped = client.call("purse", "wrapped", id).await;
    assert_eq!(
        wrapped.result(),
        &json!({ "of": expected, "prices": expected["deals"] })
    );
}

#[tokio::test]
async fn an_id_is_read_as_text_or_as_a_safe_number() {
    let (_app, client, created) = purse().await;
    let got = client.call("purse", "get", json!("9007199254740993")).await;
    assert_eq!(got.result(), &created);
    let refused = client.call("purse", "get", json!(ID)).await;
    assert_eq!(codes(refused.error()), json!({ "id": "unsafe_integer" }));
    let refused = client.call("purse", "get", json!("first")).await;
    assert_eq!(codes(refused.error()), json!({ "id": "wrong_type" }));
    let small = json!({ "id": 7, "coins": "1" });
    client.call("purse", "create", small).await.result();
    for id in [json!(7), json!("7"), json!({ "id": "7" })] {
        let got = client.call("purse", "get", id).await;
        assert_eq!(got.result()["id"], "7");
    }
}

#[tokio::test]
async fn an_argument_holds_text_as_well() {
    let (_app, client, _) = purse().await;
    let trade = |price: Value| {
        let payload = json!({ "id": ID.to_string(), "deal": { "price": price } });
        client.call("purse", "trade", payload)
    };
    assert_eq!(
        trade(json!("9007199254740993")).await.result(),
        "9007199254740994"
    );
    assert_eq!(trade(json!(7)).await.result(), "8");
    for (price, code) in [
        (json!("-1"), "out_of_range"),
        (json!("18446744073709551616"), "out_of_range"),
        (json!("1.5"), "wrong_type"),
        (json!(1.5), "wrong_type"),
        (json!(null), "wrong_type"),
        (json!(9_007_199_254_740_993_i64), "unsafe_integer"),
    ] {
        let refused = trade(price.clone()).await;
        let told = codes(refused.error());
        assert_eq!(told, json!({ "deal.price": code }), "{price}");
    }
}

#[tokio::test]
async fn an_option_may_be_absent_and_null() {
    let (_app, client, _) = purse().await;
    for debt in [json!({}), json!({ "debt": null })] {
        let mut purse = json!({ "id": "8", "coins": "1" });
        let fields = purse.as_object_mut().unwrap();
        fields.extend(debt.as_object().unwrap().clone());
        let created = client.call("purse", "create", purse).await;
        assert_eq!(created.result()["debt"], Value::Null);
        client.call("purse", "destroy", json!("8")).await.result();
    }
    let absent = client.call("purse", "create", json!({ "id": "8" })).await;
    assert_eq!(codes(absent.error()), json!({ "coins": "required" }));
}

#[tokio::test]
async fn a_private_one_is_kept() {
    let (_app, client, _) = purse().await;
    let id = json!({ "id": ID.to_string() });
    client.call("purse", "hide", id.clone()).await.result();
    let hidden = client.call("purse", "hidden", id).await;
    assert_eq!(hidden.result(), "9223372036854775807");
}

#[tokio::test]
async fn they_are_sorted_and_described_as_integers() {
    let (app, client) = purses().await;
    for id in ["10", "9", "-1"] {
        let purse = json!({ "id": id, "coins": "1" });
        client.call("purse", "create", purse).await.result();
    }
    let all = client.call("purse", "all", json!({})).await;
    let ids = all.result().as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|purse| purse["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["-1", "9", "10"]);

    let schema = app.app().schemas().next().unwrap();
    let columns = schema.fields.iter();
    let columns: Vec<_> = columns
        .map(|it| (it.name, it.nullable, it.required, &it.schema["type"]))
        .collect();
    let never_null = json!(["string", "integer"]);
    let maybe_null = json!(["string", "integer", "null"]);
    assert_eq!(
        &columns[..3],
        [
            ("id", false, true, &never_null),
            ("coins", false, true, &never_null),
            ("debt", true, false, &maybe_null),
        ]
    );
    assert!(
        schema.fields[..3]
            .iter()
            .all(|it| it.kind == sockful::describe::Kind::Int)
    );
}

#[tokio::test]
async fn any_survives() {
    let (app, client) = purses().await;
    for (coins, debt) in [
        (0, None),
        (i64::MAX as u64, Some(i64::MIN)),
        (1 << 53, Some(0)),
    ] {
        let purse = Purse {
            id: i64::MIN,
            coins,
            debt,
            deals: vec![Deal {
                price: u64::MAX,
                rebate: debt,
            }],
            secret: 0,
        };
        survives(&app, &client, purse).await;
    }
}
