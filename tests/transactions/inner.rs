//! A call within a call is all or nothing as well, also where the one that made it goes on.

use futures_util::FutureExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{Error, HookedCall};
use tokio::task::yield_now;

use super::{Account, Runs};

/// What was sold. A hook writes to the accounts before it makes up its mind.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Sale {
    id: String,
    money: i64,
}

impl Sale {
    fn new(id: &str, money: i64) -> Self {
        Self {
            id: id.into(),
            money,
        }
    }
}

impl Hooks for Sale {
    async fn before_create(cx: &Cx, new: &mut Self) -> Result<()> {
        cx.create(Account::new(&format!("booked {}", new.id), new.money))
            .await?;
        yield_now().await;
        if new.money == 0 {
            return Err(Error::forbidden("nothing is free").reason("free"));
        }
        Ok(())
    }

    async fn before_update(_: &Cx, _: &Self, _: &mut Self) -> Result<()> {
        yield_now().await;
        Ok(())
    }
}

/// Where things are sold. What it tries, and whether it minds a refusal, is up to it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote, hooks)]
struct Till {
    id: String,
    #[serde(default)]
    opened: u32,
}

/// Three changes, of which the last is impossible.
async fn impossible(cx: &Cx) -> Error {
    cx.changeset()
        .update::<Account, _, _>(&"a".into(), |account| account.money = 1)
        .create(Account::new("new", 1))
        .destroy::<Account>(&"missing".into())
        .commit()
        .await
        .unwrap_err()
}

impl Hooks for Till {
    async fn before_update(cx: &Cx, _: &Self, new: &mut Self) -> Result<()> {
        assert_eq!(impossible(cx).await.reason_text(), "not_found");
        new.opened += 10;
        Ok(())
    }
}

#[remote]
impl Till {
    #[remote]
    async fn open(&mut self, cx: &Cx) -> Result<&'static str> {
        self.opened += 1;
        impossible(cx).await;
        let new = cx.get::<Account>(&"new".into()).await;
        Ok(new.unwrap_err().kind().name())
    }

    /// Has written to the same records before, and to another one.
    #[remote]
    async fn open_later(cx: &Cx) -> Result<i64> {
        cx.update::<Account, _, _>(&"a".into(), |it| it.money = 70)
            .await?;
        cx.create(Account::new("mine", 30)).await?;
        impossible(cx).await;
        let refused = cx
            .changeset()
            .destroy::<Account>(&"mine".into())
            .destroy::<Account>(&"a".into())
            .create(Sale::new("free", 0))
            .commit()
            .await;
        assert_eq!(refused.unwrap_err().reason_text(), "free");
        Ok(cx.get::<Account>(&"a".into()).await?.money)
    }

    /// Sells all it can.
    #[remote]
    async fn sell(cx: &Cx, prices: Vec<i64>) -> usize {
        let mut sold = 0;
        for (number, money) in prices.into_iter().enumerate() {
            let sale = cx.create(Sale::new(&number.to_string(), money)).await;
            sold += usize::from(sale.is_ok());
        }
        sold
    }

    /// The same, all at once.
    #[remote]
    async fn sell_at_once(cx: &Cx, prices: Vec<i64>) -> usize {
        let sales = prices
            .into_iter()
            .enumerate()
            .map(|(number, money)| async move {
                cx.create(Sale::new(&number.to_string(), money)).await
            });
        let sales = futures_util::future::join_all(sales).await;
        sales.iter().filter(|sale| sale.is_ok()).count()
    }

    /// Adds to one sale from several sides at once.
    #[remote]
    async fn raise(cx: &Cx, by: Vec<i64>) -> Result<i64> {
        cx.create(Sale::new("x", 5)).await?;
        let id = "x".to_owned();
        let raises = by.into_iter().map(|by| {
            let id = &id;
            async move { cx.update::<Sale, _, _>(id, |sale| sale.money += by).await }
        });
        futures_util::future::try_join_all(raises).await?;
        Ok(cx.get::<Sale>(&id).await?.money)
    }

    /// What is there, or new; somebody else makes it meanwhile.
    #[remote]
    async fn find_or_open(cx: &Cx) -> Result<i64> {
        let id = "late".to_owned();
        if let Ok(found) = cx.get::<Account>(&id).await {
            return Ok(found.money);
        }
        cx.app().system().create(Account::new(&id, 7)).await?;
        Ok(cx.create(Account::new(&id, 1)).await?.money)
    }

    /// Does not wait for the end of a sale.
    #[remote]
    async fn give_up(cx: &Cx) -> bool {
        cx.create(Sale::new("x", 5)).now_or_never().is_none()
    }
}

/// An app with the two accounts and a till; the runs are the accounts that were created since.
async fn stocked() -> (TestApp, TestClient, Runs) {
    let runs = Runs::default();
    let counted = runs.clone();
    let (app, client) = super::stocked(|app| {
        let app = app.resource::<Sale>().resource::<Till>();
        app.after("account.create", move |_: Cx, _: HookedCall| {
            counted.count();
            async { Ok(()) }
        })
    })
    .await;
    client.call("till", "create", json!({ "id": "t" })).await;
    followed(&app).await;
    assert_eq!(runs.get(), 2);
    (app, client, runs)
}

/// Waits for the hooks that follow calls.
async fn followed(app: &TestApp) {
    while app.app().load().following > 0 {
        yield_now().await;
    }
}

/// The accounts and what is in each.
async fn accounts(client: &TestClient) -> Value {
    let all = client.call("account", "all", json!({})).await;
    let all = all.result().as_array().unwrap().iter();
    all.map(|it| json!([it["id"], it["money"]])).collect()
}

#[tokio::test]
async fn of_a_refused_changeset_nothing_is_left_in_a_method_that_goes_on() {
    let (_app, client, _) = stocked().await;
    let opened = client.call("till", "open", json!({ "id": "t" })).await;
    assert_eq!(opened.result(), "NotFound");
    assert_eq!(accounts(&client).await, json!([["a", 100], ["b", 0]]));
    let till = client.call("till", "get", json!("t")).await;
    assert_eq!(till.result()["opened"], 1);
}

#[tokio::test]
async fn of_a_refused_changeset_nothing_is_left_in_a_hook_that_goes_on() {
    let (_app, client, _) = stocked().await;
    let updated = client.call("till", "update", json!({ "id": "t", "opened": 1 }));
    assert_eq!(updated.await.result()["opened"], 11);
    assert_eq!(accounts(&client).await, json!([["a", 100], ["b", 0]]));
}

#[tokio::test]
async fn what_a_method_wrote_before_a_refused_call_within_stands() {
    let (_app, client, _) = stocked().await;
    let opened = client.call("till", "open_later", json!({})).await;
    assert_eq!(opened.result(), 70);
    let expected = json!([["a", 70], ["b", 0], ["mine", 30]]);
    assert_eq!(accounts(&client).await, expected);
}

#[tokio::test]
async fn a_refused_call_within_takes_along_what_its_hooks_have_written() {
    for action in ["sell", "sell_at_once"] {
        let (app, client, created) = stocked().await;
        let sold = client.call("till", action, json!({ "prices": [7, 0, 8, 0] }));
        assert_eq!(sold.await.result(), 2, "{action}");
        let expected = json!([["a", 100], ["b", 0], ["booked 0", 7], ["booked 2", 8]]);
        assert_eq!(accounts(&client).await, expected, "{action}");
        let sales = client.call("sale", "count", json!({})).await;
        assert_eq!(sales.result(), 2, "{action}");
        // What follows a call follows those alone that were done.
        followed(&app).await;
        assert_eq!(created.get(), 2 + 2, "{action}");
    }
}

#[tokio::test]
async fn calls_within_that_change_one_record_at_once_lose_nothing() {
    let (_app, client, _) = stocked().await;
    let raised = client.call("till", "raise", json!({ "by": [1, 10, 100, 1000] }));
    assert_eq!(raised.await.result(), 1116);
    let sale = client.call("sale", "get", json!("x")).await;
    assert_eq!(sale.result()["money"], 1116);
}

#[tokio::test]
async fn of_a_call_that_its_method_does_not_wait_for_nothing_is_left() {
    let (_app, client, _) = stocked().await;
    let given_up = client.call("till", "give_up", json!({})).await;
    assert_eq!(given_up.result(), true);
    assert_eq!(accounts(&client).await, json!([["a", 100], ["b", 0]]));
    let sales = client.call("sale", "count", json!({})).await;
    assert_eq!(sales.result(), 0);
}

#[tokio::test]
async fn what_was_not_there_and_is_when_it_is_created_makes_the_call_run_again() {
    let (_app, client, _) = stocked().await;
    let found = client.call("till", "find_or_open", json!({})).await;
    assert_eq!(*found.result(), 7);
}
