//! Several mutations over any resources, all of them or none: `sockful.commit`, and `cx.changeset()` from Rust.

mod from_rust;
mod preconditions;
mod rules;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::Config;
use sockful::prelude::*;
use sockful::testing::{Answer, TestApp, TestClient};

use crate::support;

/// An account of somebody.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote, hooks)]
#[policy(
    user = User,
    read(true),
    create(owner == user.0),
    update(owner == user.0),
    destroy(owner == user.0)
)]
struct Account {
    id: String,
    owner: String,
    #[serde(default)]
    cents: i64,
    #[resource(unique)]
    #[serde(default)]
    iban: Option<String>,
}

/// The key of a user.
struct User(String);

/// What was moved.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Entry {
    id: String,
    cents: i64,
    #[resource(rev)]
    #[serde(default)]
    rev: u64,
}

impl Hooks for Account {
    async fn before_update(_: &Cx, _: &Self, new: &mut Self) -> Result<()> {
        if new.cents < 0 {
            return Err(Error::conflict("there is not so much").reason("overdrawn"));
        }
        Ok(())
    }
}

#[remote]
impl Account {
    #[remote]
    fn pay_in(&mut self, cents: i64) -> i64 {
        self.cents += cents;
        self.cents
    }

    #[remote(detached, access = public)]
    async fn slow() {}

    /// Moves money from Rust.
    #[remote(access = authenticated)]
    async fn transfer(cx: &Cx, from: String, to: String, cents: i64) -> Result<()> {
        cx.changeset()
            .update::<Self, _, _>(&from, move |account| account.cents -= cents)
            .update::<Self, _, _>(&to, move |account| account.cents += cents)
            .create(Entry {
                id: format!("{from} {to}"),
                cents,
                rev: 0,
            })
            .commit()
            .await
    }
}

/// Ann has 100 cents in one account and none in another; Bob has an account as well.
async fn bank() -> TestApp {
    with(Config::default()).await
}

async fn with(config: Config) -> TestApp {
    let app = support::app(|app| {
        let app = app.resource::<Account>().resource::<Entry>().config(config);
        app.user(async |_cx: Cx, key: String| Ok(Some(User(key))))
    });
    let app = app.await;
    for (owner, id, cents) in [("ann", "a", 100), ("ann", "b", 0), ("bob", "c", 0)] {
        let account = json!({ "id": id, "owner": owner, "cents": cents });
        app.login(owner)
            .call("account", "create", account)
            .await
            .result();
    }
    app
}

async fn commit(client: &TestClient, items: Value) -> Answer {
    client.call("sockful", "commit", items).await
}

async fn cents(app: &TestApp) -> Value {
    let all = app.login("ann").call("account", "all", json!({})).await;
    all.result()
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["cents"].clone())
        .collect()
}

#[tokio::test]
async fn all_items_are_done_in_one_commit() {
    let app = bank().await;
    let ann = app.login("ann");
    let done = commit(
        &ann,
        json!([
            ["account", "update", { "id": "a", "cents": 40 }],
            ["account", "pay_in", { "id": "b", "cents": 60 }],
            ["entry", "create", { "id": "1", "cents": 60 }],
            ["entry", "create", [{ "id": "2", "cents": 1 }, { "id": "3", "cents": 2 }]],
        ]),
    )
    .await;
    let pos = &done.meta()["pos"];
    assert_eq!(
        done.result(),
        &json!([
            { "id": "a", "owner": "ann", "cents": 40, "iban": null },
            60,
            { "id": "1", "cents": 60, "rev": pos },
            [{ "id": "2", "cents": 1, "rev": pos }, { "id": "3", "cents": 2, "rev": pos }],
        ])
    );
    let rev = json!({ "rev": pos });
    let items = json!([rev, rev, rev, { "revs": [pos, pos] }]);
    assert_eq!(done.meta()["items"], items);
    assert_eq!(cents(&app).await, json!([40, 60, 0]));
}

#[tokio::test]
async fn an_item_sees_what_those_before_it_have_done() {
    let app = bank().await;
    let done = commit(
        &app.login("ann"),
        json!([
            ["account", "create", { "id": "d", "owner": "ann", "cents": 1 }],
            ["account", "pay_in", { "id": "d", "cents": 1 }],
            ["account", "pay_in", { "id": "d", "cents": 1 }],
            ["account", "destroy", "a"],
        ]),
    )
    .await;
    assert_eq!(done.result()[2], 3);
    assert_eq!(cents(&app).await, json!([0, 0, 3]));
}

#[tokio::test]
async fn a_refused_item_is_named_and_nothing_is_done() {
    let app = bank().await;
    let ann = app.login("ann");
    let good = json!(["account", "update", { "id": "a", "cents": 40 }]);
    for (bad, code, reason) in [
        // Of a policy, a hook, a precondition.
        (
            json!(["account", "update", { "id": "c", "cents": 60 }]),
            403,
            "policy",
        ),
        (
            json!(["account", "update", { "id": "b", "cents": -1 }]),
            409,
            "overdrawn",
        ),
        (
            json!(["account", "update", { "id": "b" }, { "if_rev": 1 }]),
            409,
            "stale",
        ),
        // What is not there, and what is.
        (json!(["account", "destroy", "missing"]), 404, "not_found"),
        (
            json!(["account", "create", { "id": "b", "owner": "ann" }]),
            409,
            "exists",
        ),
        // What is no mutation, or not within a transaction.
        (json!(["account", "get", "a"]), 400, "not_a_mutation"),
        (json!(["account", "slow", {}]), 400, "not_a_mutation"),
        (json!(["sockful", "commit", []]), 400, "not_a_mutation"),
        // What is wrong in itself.
        (
            json!(["account", "update", { "id": "b", "cents": "many" }]),
            422,
            "invalid",
        ),
        (json!(["account", "shred", "b"]), 405, "unknown_action"),
        (json!(["cart", "create", {}]), 404, "unknown_resource"),
        (json!(["account"]), 400, "malformed_request"),
        (json!("account"), 400, "malformed_request"),
        (
            json!(["account", "destroy", "b", { "timeout_ms": 5 }]),
            400,
            "invalid_options",
        ),
        (
            json!(["account", "destroy", "b", { "op": "x" }]),
            400,
            "invalid_options",
        ),
    ] {
        let refused = commit(&ann, json!([good, bad])).await;
        let error = refused.error();
        assert_eq!(
            (&error["code"], &error["reason"]),
            (&json!(code), &json!(reason)),
            "{bad}"
        );
        assert_eq!(error["item"], 1, "{bad}");
    }
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
}

#[tokio::test]
async fn what_only_the_commit_finds_is_told_of_its_item() {
    let app = bank().await;
    let ann = app.login("ann");
    let create = |id: &str, iban: &str| json!(["account", "create", { "id": id, "owner": "ann", "iban": iban }]);
    let refused = commit(
        &ann,
        json!([create("d", "1"), create("e", "2"), create("f", "1")]),
    )
    .await;
    assert_eq!(refused.error()["item"], 2);
    assert_eq!(refused.error()["errors"]["[2].iban"][0]["code"], "unique");
    assert_eq!(cents(&app).await, json!([100, 0, 0]));
}

#[tokio::test]
async fn paths_of_a_batch_within_name_both_places() {
    let app = bank().await;
    let batch = json!([{ "id": "1", "cents": 1 }, { "id": "2", "cents": "x" }]);
    let refused = commit(&app.login("ann"), json!([["entry", "create", batch]])).await;
    assert_eq!(refused.error()["item"], 0);
    assert_eq!(
        support::codes(refused.error()),
        json!({ "[0][1].cents": "wrong_type" })
    );
}

#[tokio::test]
async fn an_operation_is_done_once_and_answered_the_same() {
    let app = bank().await;
    let ann = app.login("ann");
    let items = json!([["account", "pay_in", { "id": "a", "cents": 1 }], ["entry", "create", { "id": "1", "cents": 1 }]]);
    let ask = async |items: &Value| {
        ann.call_with("sockful", "commit", items.clone(), json!({ "op": "1" }))
            .await
    };
    let first = ask(&items).await;
    let again = ask(&items).await;
    assert!(again.is_replayed());
    assert_eq!(first.result(), again.result());
    assert_eq!(first.meta()["items"], again.meta()["items"]);
    assert_eq!(cents(&app).await[0], 101);
    let other = ask(&json!([["account", "destroy", "a"]])).await;
    assert_eq!(other.error()["reason"], "op_reused");
}

#[tokio::test]
async fn a_refused_operation_is_refused_the_same() {
    let app = bank().await;
    let ann = app.login("ann");
    let items =
        json!([["account", "pay_in", { "id": "a", "cents": 1 }], ["account", "destroy", "c"]]);
    let ask = || ann.call_with("sockful", "commit", items.clone(), json!({ "op": "1" }));
    let (first, again) = (ask().await, ask().await);
    assert!(again.is_replayed());
    assert_eq!(first.error(), again.error());
    assert_eq!(first.error()["item"], 1);
}

#[tokio::test]
async fn changesets_of_the_same_records_do_not_lose_each_other() {
    let app = bank().await;
    let clients: Vec<_> = (0..8).map(|_| app.login("ann")).collect();
    let commits = clients.iter().flat_map(|client| {
        (0..4).map(|n| {
            let pay_in = |id: &str| json!(["account", "pay_in", { "id": id, "cents": 1 }]);
            // In either order.
            let items = if n % 2 == 0 {
                [pay_in("a"), pay_in("b")]
            } else {
                [pay_in("b"), pay_in("a")]
            };
            client.emit(&["sockful".into(), "commit".into(), json!(items)])
        })
    });
    for done in futures_util::future::join_all(commits).await {
        done.result();
    }
    assert_eq!(cents(&app).await, json!([132, 32, 0]));
}

#[tokio::test]
async fn an_empty_changeset_does_nothing() {
    let app = bank().await;
    let done = commit(&app.login("ann"), json!([])).await;
    assert_eq!(done.result(), &json!([]));
    assert_eq!(done.meta()["items"], json!([]));
}

#[tokio::test]
async fn what_is_no_array_or_too_long_is_refused() {
    let mut config = Config::default();
    config.max_commit = 2;
    let app = with(config).await;
    let ann = app.login("ann");
    let item = json!(["account", "pay_in", { "id": "a", "cents": 1 }]);
    for (items, reason) in [
        (json!({}), "payload_required"),
        (json!(null), "payload_required"),
        (json!([item, item, item]), "batch_too_large"),
    ] {
        assert_eq!(commit(&ann, items).await.error()["reason"], reason);
    }
    let options = json!({ "if_rev": 1 });
    let refused = ann
        .call_with("sockful", "commit", json!([item]), options)
        .await;
    assert_eq!(refused.error()["reason"], "invalid_options");
    assert_eq!(cents(&app).await[0], 100);
}

#[tokio::test]
async fn each_item_needs_its_own_access() {
    let app = bank().await;
    let anonymous = app.anonymous();
    let entry = json!(["entry", "create", { "id": "1", "cents": 1 }]);
    let transfer = json!(["account", "transfer", { "from": "a", "to": "b", "cents": 1 }]);
    assert_eq!(
        commit(&anonymous, json!([entry, transfer])).await.error()["code"],
        401
    );
    commit(&anonymous, json!([entry])).await.result();
}
