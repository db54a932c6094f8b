//! Private fields never leave the server: secrets stand in every kind of private field, and every byte that any
//! server of this process sends is searched for them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;

use crate::support::pair::{error, invalid};
use crate::support::raw::Raw;
use crate::support::server::Server;
use crate::support::tape::{self, SECRET_NUMBERS, SECRETS};

mod reach;

/// A resource with private fields of every shape.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Vault {
    id: String,
    name: String,
    #[serde(default, skip_serializing)]
    #[resource(private, unique)]
    code: Option<String>,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    pin: u64,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    owner: Owner,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    notes: Vec<String>,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    weights: BTreeMap<String, f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Owner {
    name: String,
    account: Option<u64>,
}

/// Records inside something else.
#[derive(Serialize, JsonSchema)]
struct Shelf {
    first: Vault,
    by_id: BTreeMap<String, Vault>,
    maybe: Option<Vault>,
    pairs: Vec<(u8, Vault)>,
}

fn filled(id: &str) -> Vault {
    let [code, name, first, second, key] = SECRETS.map(str::to_owned);
    let [pin, account] = SECRET_NUMBERS;
    Vault {
        id: id.to_owned(),
        name: "a vault".to_owned(),
        code: Some(code),
        pin,
        owner: Owner {
            name,
            account: Some(account),
        },
        notes: vec![first, second],
        weights: BTreeMap::from([(key, 1.5)]),
    }
}

#[remote]
impl Vault {
    #[remote]
    async fn all_of_them(cx: &Cx) -> Result<Vec<Self>> {
        cx.all(Self::query()).await
    }

    #[remote(read)]
    async fn one(cx: &Cx, id: String) -> Result<Option<Self>> {
        cx.get::<Self>(&id).await.map(Some)
    }

    #[remote(read)]
    async fn shelf(cx: &Cx, id: String) -> Result<Shelf> {
        Ok(Shelf {
            first: cx.get(&id).await?,
            by_id: BTreeMap::from([("it".to_owned(), cx.get(&id).await?)]),
            maybe: Some(cx.get(&id).await?),
            pairs: vec![(1, cx.get(&id).await?)],
        })
    }

    #[remote(read)]
    async fn as_json(cx: &Cx, id: String) -> Result<Value> {
        let vault: Self = cx.get(&id).await?;
        serde_json::to_value(vault).map_err(Error::internal)
    }

    #[remote]
    async fn copy(cx: &Cx, id: String) -> Result<Self> {
        let mut copy = cx.get::<Self>(&id).await?;
        copy.id.push('2');
        copy.code = None;
        cx.create(copy).await
    }

    /// Breaks a rule about a field that clients do not know.
    #[remote]
    async fn twin(cx: &Cx, id: String) -> Result<Self> {
        let mut twin = cx.get::<Self>(&id).await?;
        twin.id.push('3');
        cx.create(twin).await
    }

    #[remote]
    fn unlock(&mut self) -> bool {
        self.pin += 1;
        self.pin -= 1;
        self.code.is_some()
    }

    /// Whether everything private is as it was in the beginning.
    #[remote]
    fn whole(&self) -> bool {
        let whole = filled("any");
        self.code == whole.code
            && self.pin == whole.pin
            && self.owner == whole.owner
            && self.notes == whole.notes
            && self.weights == whole.weights
    }

    #[remote]
    fn spoil(&mut self) {
        self.weights.insert(SECRETS[0].to_owned(), f64::NAN);
    }

    #[remote]
    fn panic_with_secrets(&self) {
        panic!("{self:?}")
    }

    #[remote]
    async fn panic_with_secrets_later(&mut self) {
        tokio::task::yield_now().await;
        std::panic::panic_any(format!("{self:?}"))
    }

    #[remote]
    fn fail_with_secrets(&self) -> Result<()> {
        Err(Error::internal(format!("{self:?}")))
    }
}

async fn server() -> Server {
    let app = App::builder()
        .store(crate::support::store())
        .resource::<Vault>()
        .build()
        .await;
    let app = app.expect("vaults make an app");
    app.system()
        .create(filled("v"))
        .await
        .expect("there is room");
    Server::start(app).await
}

/// Requests of every kind, each with what is special about it.
fn requests() -> Vec<Value> {
    let id = json!({ "id": "v" });
    let mut requests = vec![
        json!(["vault", "get", "v"]),
        json!(["vault", "get", id]),
        json!(["vault", "all"]),
        json!(["vault", "all", { "$limit": 1 }]),
        json!(["vault", "count"]),
        json!(["vault", "update", { "id": "v", "name": "renamed" }]),
        json!(["vault", "update", { "id": "v" }]),
        json!(["vault", "replace", { "id": "v", "name": "replaced" }]),
        json!(["vault", "create", { "id": "v", "name": "again" }]),
        json!(["vault", "create", [{ "id": "w", "name": "w" }, { "id": "v", "name": "again" }]]),
        json!(["vault", "get", "v", { "if_rev": 1 }]),
        json!(["vault", "update", { "id": "v", "name": "late" }, { "if_rev": 99 }]),
        json!(["vault", "all_of_them"]),
        json!(["vault", "one", id]),
        json!(["vault", "shelf", id]),
        json!(["vault", "as_json", id]),
        json!(["vault", "copy", id]),
        json!(["vault", "get", "v2"]),
        json!(["vault", "destroy", "v2"]),
        json!(["vault", "twin", id]),
        json!(["vault", "unlock", id]),
        json!(["vault", "spoil", id]),
        json!(["vault", "panic_with_secrets", id]),
        json!(["vault", "panic_with_secrets_later", id]),
        json!(["vault", "fail_with_secrets", id]),
        json!(["vault", "secret"]),
        json!(["vault", "whole", { "id": "v", "guess": 1 }]),
    ];
    for field in ["code", "pin", "owner", "owner.name", "notes", "weights"] {
        for value in [
            json!(null),
            json!("guess"),
            json!(5),
            json!({ "name": 5 }),
            json!([1]),
        ] {
            for action in [
                "create", "update", "replace", "all", "count", "get", "destroy", "one",
            ] {
                requests.push(json!(["vault", action, { "id": "v", "name": "x", field: value }]));
            }
            requests.push(json!(["vault", "all", { "$sort": { field: value } }]));
            requests.push(json!(["vault", "all", { "$select": [field] }]));
        }
    }
    requests
}

#[tokio::test]
async fn no_byte_that_a_server_sends_holds_a_secret() {
    let server = server().await;
    let mut raw = server.client().await;
    let client = sockful::testing::TestApp::new(server.app.clone()).anonymous();
    for request in requests() {
        raw.call(request.clone()).await;
        let arguments = request.as_array().expect("a list");
        let answer = client.emit(arguments).await;
        tape::hear(answer.to_json().to_string().as_bytes());
    }
    // The other way of being answered, and the other carrier.
    let mut single = Raw::open(server.address).await;
    single.send("40{\"ack\":\"one\"}").await;
    single.frame().await.expect("an answer");
    for (ack, request) in requests().into_iter().enumerate() {
        single.send(&format!("42{ack}{request}")).await;
        let answer = single.frame().await.expect("an answer");
        assert!(answer.starts_with(&format!("43{ack}[{{\"")), "{answer}");
    }
    let hello = server.polling("GET", "", b"").await;
    let sid = hello
        .split("\"sid\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect(&hello);
    let query = format!("&sid={sid}");
    server.polling("POST", &query, b"40").await;
    server
        .polling(
            "POST",
            &query,
            b"420[\"vault\",\"all\"]\x1e421[\"vault\",\"panic_with_secrets\",{\"id\":\"v\"}]",
        )
        .await;
    let mut polled = String::new();
    while !polled.contains("431[") {
        polled = server.polling("GET", &query, b"").await;
        assert!(polled.starts_with("HTTP/1.1 200"), "{polled}");
    }
    // After all this the secrets are still there.
    let whole = raw.call(json!(["vault", "whole", { "id": "v" }])).await;
    assert_eq!(whole[1], true);
    let (heard, leaks) = tape::heard();
    assert_eq!(leaks, 0);
    assert!(heard > 100_000, "only {heard} bytes were searched");
}

#[test]
fn the_search_finds_secrets() {
    for secret in tape::secrets() {
        let sent = format!("43[null,{{\"name\":\"kkvqnnT{secret}\"}}]");
        assert_eq!(tape::secret_in(sent.as_bytes()), Some(secret));
    }
    assert_eq!(tape::secret_in(b"43[null,{}]"), None);
}

#[tokio::test]
async fn a_record_shows_its_public_fields_alone_wherever_it_stands() {
    let server = server().await;
    let mut client = server.client().await;
    let id = json!({ "id": "v" });
    let shown = json!({ "id": "v", "name": "a vault" });
    let shelf =
        json!({ "first": shown, "by_id": { "it": shown }, "maybe": shown, "pairs": [[1, shown]] });
    for (action, result) in [
        ("get", shown.clone()),
        ("one", shown.clone()),
        ("as_json", shown.clone()),
        ("all_of_them", json!([shown])),
        ("shelf", shelf),
    ] {
        let payload = if action == "all_of_them" {
            json!({})
        } else {
            id.clone()
        };
        assert_eq!(
            client.call(json!(["vault", action, payload])).await[1],
            result
        );
    }
}

#[tokio::test]
async fn a_private_field_cannot_be_told_from_one_that_is_not_there() {
    let server = server().await;
    let mut client = server.client().await;
    for field in ["code", "pin", "owner", "notes", "weights", "nothing"] {
        for value in [json!(null), json!("guess"), json!(5), json!([])] {
            for action in ["create", "update", "replace"] {
                let payload = json!({ "id": "v", "name": "x", field: value });
                let unknown = invalid(&[(
                    field,
                    "unknown_field",
                    "is unknown; expected one of: id, name",
                )]);
                assert_eq!(
                    client.call(json!(["vault", action, payload])).await[0],
                    unknown
                );
            }
            let mut unknown = invalid(&[(
                field,
                "unknown_field",
                "is unknown; expected one of: id, name, $and, $or, $not, $sort, $limit, $skip, $after, $select, $include",
            )]);
            unknown["code"] = 400.into();
            unknown["name"] = "BadRequest".into();
            unknown["reason"] = "invalid_query".into();
            assert_eq!(
                client.call(json!(["vault", "all", { field: value }])).await[0],
                unknown
            );
        }
    }
}

#[tokio::test]
async fn a_rule_about_a_private_field_is_broken_without_a_word_about_it() {
    let server = server().await;
    let mut client = server.client().await;
    let twin = client.call(json!(["vault", "twin", { "id": "v" }])).await;
    assert_eq!(
        twin[0],
        error(
            409,
            "Conflict",
            "unique",
            "the vault conflicts with another"
        )
    );
    let spoiled = client.call(json!(["vault", "spoil", { "id": "v" }])).await;
    assert_eq!(spoiled[0]["code"], 500);
    assert!(!spoiled.to_string().contains("weights"));
}
