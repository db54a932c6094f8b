//! What a call has seen still holds when it is committed, whether the call changed it or not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

/// Lets others go first.
async fn pause(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// A shop, or an order at one.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Shop {
    id: String,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    visits: u32,
}

impl Shop {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            open: true,
            visits: 0,
        }
    }
}

#[remote]
impl Shop {
    /// Takes an order while the shop is open, and changes nothing about the shop.
    #[remote]
    async fn order(&mut self, cx: &Cx, order: String) -> Result<()> {
        if !self.open {
            return Err(Error::conflict("the shop is shut").reason("shut"));
        }
        cx.create(Self::new(&order)).await?;
        // Somebody shuts it meanwhile, however long the store takes for that.
        while cx.app().system().get::<Self>(&self.id).await?.open {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    #[remote]
    async fn shut(cx: &Cx, shop: String) -> Result<()> {
        cx.update::<Self, _, _>(&shop, |it| it.open = false).await?;
        Ok(())
    }

    /// Opens a shop unless there is a rival.
    #[remote]
    async fn found(cx: &Cx, shop: String, rival: String) -> Result<bool> {
        let alone = cx.get::<Self>(&rival).await.is_err();
        pause(20).await;
        if alone {
            cx.create(Self::new(&shop)).await?;
        }
        Ok(alone)
    }

    /// Counts a visit, and lets the app count one elsewhere.
    #[remote]
    async fn visit(&mut self, cx: &Cx, next: String) -> Result<()> {
        pause(3).await;
        self.visits += 1;
        let app = cx.app().system();
        app.update::<Self, _, _>(&next, |it| it.visits += 1).await?;
        Ok(())
    }
}

async fn stocked() -> (TestApp, TestClient, TestClient) {
    let (app, client) = super::stocked(|app| app.resource::<Shop>()).await;
    let batch = json!([{ "id": "a", "open": true }, { "id": "b" }]);
    client.call("shop", "create", batch).await;
    let other = app.anonymous();
    (app, client, other)
}

#[tokio::test]
async fn a_method_rests_on_its_own_record_also_where_it_does_not_change_it() {
    let (_app, client, other) = stocked().await;
    let order = client.call("shop", "order", json!({ "id": "a", "order": "first" }));
    let shut = other.call("shop", "shut", json!({ "shop": "a" }));
    let (order, shut) = tokio::join!(order, shut);
    assert!(shut.is_ok(), "{shut:?}");
    assert_eq!(order.error()["reason"], "shut");
    let first = client.call("shop", "get", json!("first")).await;
    assert_eq!(first.error()["reason"], "not_found");
}

#[tokio::test]
async fn a_call_rests_on_what_it_did_not_find() {
    let (_app, client, other) = stocked().await;
    let one = client.call("shop", "found", json!({ "shop": "x", "rival": "y" }));
    let two = other.call("shop", "found", json!({ "shop": "y", "rival": "x" }));
    let (one, two) = tokio::join!(one, two);
    assert_ne!(one.result(), two.result());
    assert_eq!(client.call("shop", "count", json!({})).await.result(), 3);
}

#[tokio::test(start_paused = true)]
async fn two_methods_that_let_the_app_change_each_others_records_do_not_wait() {
    let (_app, client, other) = stocked().await;
    let begun = tokio::time::Instant::now();
    let there = client.call("shop", "visit", json!({ "id": "a", "next": "b" }));
    let back = other.call("shop", "visit", json!({ "id": "b", "next": "a" }));
    let (there, back) = tokio::join!(there, back);
    assert!(there.is_ok() && back.is_ok(), "{there:?} {back:?}");
    // At most a pause or two, and no timeout.
    assert!(begun.elapsed() < std::time::Duration::from_millis(500));
}
