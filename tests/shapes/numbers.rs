//! Numbers at their edges.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;

use super::{app, created};
use crate::support::codes;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Amount {
    id: Id<Self>,
    plain: Option<i64>,
    unsigned: Option<u64>,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    big: Option<i64>,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    big_unsigned: Option<u64>,
    float: Option<f64>,
    small: Option<f32>,
    tiny: Option<i8>,
    nested: Option<Vec<i64>>,
}

/// What a field is after it was created with this value.
async fn kept(field: &str, value: Value) -> Value {
    let (_app, client) = app::<Amount>().await;
    created(&client, "amount", json!({ field: value })).await[field].clone()
}

/// The codes of the error for this value.
async fn refused(field: &str, value: Value) -> Value {
    let (_app, client) = app::<Amount>().await;
    let refused = client.call("amount", "create", json!({ field: value }));
    codes(refused.await.error())
}

const SAFE: i64 = 9_007_199_254_740_991;

#[tokio::test]
async fn integers_are_numbers_up_to_what_every_client_can_hold() {
    for value in [0, 1, -1, SAFE, -SAFE] {
        assert_eq!(kept("plain", json!(value)).await, value);
        assert_eq!(kept("nested", json!([value])).await, json!([value]));
    }
    assert_eq!(kept("unsigned", json!(SAFE)).await, SAFE);
}

#[tokio::test]
async fn integers_beyond_it_are_refused() {
    for value in [json!(SAFE + 1), json!(-SAFE - 1), json!(i64::MIN)] {
        let told = refused("plain", value.clone()).await;
        assert_eq!(told, json!({ "plain": "unsafe_integer" }), "{value}");
        let told = refused("nested", json!([1, value])).await;
        assert_eq!(told, json!({ "nested[1]": "unsafe_integer" }));
        let told = refused("big", value.clone()).await;
        assert_eq!(told, json!({ "big": "unsafe_integer" }), "as a number");
    }
}

#[tokio::test]
async fn integers_beyond_it_are_refused_from_rust_as_well() {
    let (app, _client) = app::<Amount>().await;
    let cx = app.app().system();
    let amount = |plain| Amount {
        id: Id::new(),
        plain: Some(plain),
        unsigned: None,
        big: None,
        big_unsigned: None,
        float: None,
        small: None,
        tiny: None,
        nested: None,
    };
    for plain in [SAFE + 1, i64::MIN] {
        let refused = cx.create(amount(plain)).await.err().expect("a refusal");
        let field = refused.fields().next().expect("a field at fault");
        assert_eq!(
            (field.path.as_str(), &*field.code),
            ("plain", "unsafe_integer")
        );
    }
    let infinite = Amount {
        float: Some(f64::INFINITY),
        ..amount(1)
    };
    let refused = cx.create(infinite).await.err().expect("a refusal");
    assert_eq!(refused.fields().next().expect("a field").code, "not_finite");
}

#[tokio::test]
async fn a_bigint_is_decimal_text_of_any_size() {
    for value in [0, 1, -1, SAFE, SAFE + 1, i64::MAX, i64::MIN] {
        assert_eq!(
            kept("big", json!(value.to_string())).await,
            value.to_string()
        );
    }
    for value in [0, 1, i64::MAX as u64] {
        let text = value.to_string();
        assert_eq!(kept("big_unsigned", json!(text)).await, text);
    }
    assert_eq!(kept("big", json!(null)).await, Value::Null);
}

#[tokio::test]
async fn a_bigint_may_be_a_number_where_that_is_safe() {
    for value in [0, 7, -SAFE, SAFE] {
        assert_eq!(kept("big", json!(value)).await, value.to_string());
    }
}

#[tokio::test]
async fn a_bigint_that_cannot_be_stored_is_refused() {
    for (field, text) in [
        ("big", "9223372036854775808"),
        ("big", "-9223372036854775809"),
        ("big_unsigned", "9223372036854775808"),
        ("big_unsigned", "18446744073709551615"),
        ("big_unsigned", "-1"),
    ] {
        let told = refused(field, json!(text)).await;
        assert_eq!(told, json!({ field: "out_of_range" }), "{field} {text}");
    }
}

#[tokio::test]
async fn a_bigint_is_written_in_one_way_alone() {
    for text in ["", "+1", "01", "1.0", "1e3", " 1", "one", "-", "0x1"] {
        let told = refused("big", json!(text)).await;
        assert!(told["big"].is_string(), "{text}");
    }
}

#[tokio::test]
async fn small_integers_keep_to_their_range() {
    for value in [-128, 127] {
        assert_eq!(kept("tiny", json!(value)).await, value);
    }
    for value in [json!(-129), json!(128), json!(100_000)] {
        assert_eq!(
            refused("tiny", value).await,
            json!({ "tiny": "out_of_range" })
        );
    }
    assert_eq!(
        refused("unsigned", json!(-1)).await,
        json!({ "unsigned": "out_of_range" })
    );
}

#[tokio::test]
async fn a_float_is_exact_and_may_be_written_as_an_integer() {
    for value in [0.1, 1.0 / 3.0, 1e300, 5e-324, -1.5, f64::MAX] {
        assert_eq!(kept("float", json!(value)).await, value);
    }
    assert_eq!(kept("float", json!(3)).await, 3.0);
    assert_eq!(kept("small", json!(1.5)).await, 1.5);
}

#[tokio::test]
async fn a_fraction_is_no_integer() {
    for value in [json!(1.5), json!(1.0), json!(1e3)] {
        assert_eq!(
            refused("plain", value).await,
            json!({ "plain": "wrong_type" })
        );
    }
}
