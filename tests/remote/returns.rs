//! What a method returns, and how its errors look.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestClient;
use sockful::{ErrorKind, FieldError};

use crate::support;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Shop {
    id: String,
    #[serde(default)]
    sold: u32,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    profit: u32,
}

/// Errors of the application's own.
enum Refusal {
    SoldOut(u32),
    Broken,
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SoldOut(sold) => {
                Self::conflict(format!("all {sold} are sold")).reason("sold_out")
            }
            Refusal::Broken => Self::internal("the till is open: code 1234"),
        }
    }
}

#[remote]
impl Shop {
    #[remote]
    fn nothing(&self) {}

    #[remote]
    fn plain(&self) -> BTreeMap<String, Vec<Option<u8>>> {
        [("a".into(), vec![Some(1), None])].into()
    }

    #[remote]
    fn fine(&self) -> Result<&'static str> {
        Ok("fine")
    }

    #[remote]
    fn fine_std(&self) -> std::result::Result<u8, Refusal> {
        Ok(7)
    }

    #[remote]
    fn itself(&self) -> Self {
        Self {
            id: self.id.clone(),
            sold: self.sold,
            profit: 99,
        }
    }

    #[remote]
    fn sell(&mut self) -> std::result::Result<(), Refusal> {
        self.sold += 1;
        Err(Refusal::SoldOut(self.sold))
    }

    #[remote]
    fn breaks(&mut self) -> std::result::Result<(), Refusal> {
        self.sold += 1;
        Err(Refusal::Broken)
    }

    #[remote]
    fn panics(&mut self) -> u8 {
        self.sold += 1;
        panic!("the password is 1234")
    }

    #[remote]
    fn refuse(kind: u16) -> Result<()> {
        let kind = KINDS.iter().find(|it| it.code() == kind).expect("a kind");
        Err(Error::new(*kind, "because").reason("own_reason"))
    }

    #[remote]
    fn later() -> Result<()> {
        Err(Error::new(ErrorKind::TooManyRequests, "slow down")
            .retry_after(Duration::from_millis(1500)))
    }

    #[remote]
    fn invalid() -> Result<()> {
        let mut card = FieldError::new("card.number", "checksum", "is mistyped");
        card.params = Some(json!({ "digits": 16 }));
        Err(Error::invalid(vec![
            card,
            FieldError::new("name", "required", "is required"),
        ]))
    }

    #[remote]
    fn too_large() -> u64 {
        u64::MAX
    }

    #[remote]
    fn not_a_number() -> f64 {
        f64::NAN
    }

    #[remote]
    fn infinite_inside() -> Vec<(Option<u8>, f32)> {
        vec![(None, 1.0), (None, f32::INFINITY)]
    }

    #[remote]
    fn cannot_be_written() -> BTreeMap<(u8, u8), u8> {
        [((1, 2), 3)].into()
    }
}

const KINDS: [ErrorKind; 10] = [
    ErrorKind::BadRequest,
    ErrorKind::NotAuthenticated,
    ErrorKind::Forbidden,
    ErrorKind::NotFound,
    ErrorKind::MethodNotAllowed,
    ErrorKind::Timeout,
    ErrorKind::Conflict,
    ErrorKind::Unprocessable,
    ErrorKind::TooManyRequests,
    ErrorKind::Unavailable,
];

async fn client() -> TestClient {
    let app = support::app(|app| app.resource::<Shop>()).await;
    let client = app.anonymous();
    client.call("shop", "create", json!({ "id": "s" })).await;
    client
}

/// What the method answers.
async fn result(action: &str) -> Value {
    let client = client().await;
    let answer = client.call("shop", action, json!({ "id": "s" })).await;
    answer.result().clone()
}

async fn sold(client: &TestClient) -> Value {
    client.call("shop", "get", json!("s")).await.result()["sold"].clone()
}

#[tokio::test]
async fn a_method_may_return_any_value_or_a_result_of_one() {
    assert_eq!(result("nothing").await, Value::Null);
    assert_eq!(result("plain").await, json!({ "a": [1, null] }));
    assert_eq!(result("fine").await, "fine");
    assert_eq!(result("fine_std").await, 7);
}

#[tokio::test]
async fn a_returned_record_shows_nothing_private() {
    assert_eq!(result("itself").await, json!({ "id": "s", "sold": 0 }));
}

#[tokio::test]
async fn an_error_of_ones_own_is_what_it_becomes_and_nothing_is_saved() {
    let client = client().await;
    let refused = client.call("shop", "sell", json!({ "id": "s" })).await;
    assert_eq!(
        refused.error(),
        &json!({ "code": 409, "name": "Conflict", "reason": "sold_out", "message": "all 1 are sold" })
    );
    assert_eq!(sold(&client).await, 0);
}

#[tokio::test]
async fn every_kind_and_reason_reaches_the_client() {
    let client = client().await;
    for kind in KINDS {
        let refused = client
            .call("shop", "refuse", json!({ "kind": kind.code() }))
            .await;
        let error = refused.error();
        assert_eq!(error["code"], kind.code());
        assert_eq!(error["name"], kind.name());
        assert_eq!(error["reason"], "own_reason");
        assert_eq!(error["message"], "because");
    }
}

#[tokio::test]
async fn an_error_may_say_when_to_try_again() {
    let client = client().await;
    let refused = client.call("shop", "later", json!({})).await;
    assert_eq!(
        refused.error(),
        &json!({
            "code": 429, "name": "TooManyRequests", "reason": "too_many_requests",
            "message": "slow down", "retry_after_ms": 1500, "temporary": true
        })
    );
}

#[tokio::test]
async fn an_error_may_name_fields() {
    let client = client().await;
    let refused = client.call("shop", "invalid", json!({})).await;
    assert_eq!(
        refused.error()["errors"],
        json!({
            "card.number": [{ "code": "checksum", "message": "is mistyped", "params": { "digits": 16 } }],
            "name": [{ "code": "required", "message": "is required" }]
        })
    );
}

#[tokio::test]
async fn what_fails_inside_stays_inside_and_nothing_is_saved() {
    let client = client().await;
    for action in [
        "breaks",
        "panics",
        "too_large",
        "not_a_number",
        "infinite_inside",
        "cannot_be_written",
    ] {
        let payload = match action {
            "breaks" | "panics" => json!({ "id": "s" }),
            _ => json!({}),
        };
        let refused = client.call("shop", action, payload).await;
        let error = refused.error();
        assert_eq!(error["name"], "Internal", "{action}");
        assert_eq!(error["reason"], "internal", "{action}");
        assert!(!error.to_string().contains("1234"), "{error}");
        assert_eq!(sold(&client).await, 0);
    }
}

#[tokio::test]
async fn a_client_that_met_a_panic_is_still_served() {
    let client = client().await;
    for _ in 0..3 {
        client.call("shop", "panics", json!({ "id": "s" })).await;
    }
    let answer = client.call("shop", "fine", json!({ "id": "s" })).await;
    assert_eq!(answer.result(), "fine");
}
