//! Calls that change the same records at the same time lose nothing and end.

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::{Account, Runs, money};

/// Waits, so that others have their turn in the middle of a call.
async fn pause() {
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
}

/// Counts.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Counter {
    id: String,
    #[serde(default)]
    count: u32,
}

#[remote]
impl Counter {
    #[remote]
    async fn increment(&mut self, cx: &Cx) -> u32 {
        cx.state::<Runs>().count();
        pause().await;
        self.count += 1;
        self.count
    }

    /// Increments one and then another, neither of them its own.
    #[remote]
    async fn both(cx: &Cx, one: String, other: String) -> Result<()> {
        cx.state::<Runs>().count();
        for id in [one, other] {
            let id = &id;
            cx.update::<Self, _, _>(id, |it| it.count += 1).await?;
            pause().await;
        }
        Ok(())
    }

    /// Makes way for somebody else's change before each of its own.
    #[remote]
    async fn never(cx: &Cx, id: String) -> Result<()> {
        cx.state::<Runs>().count();
        cx.update::<Self, _, _>(&id, |it| it.count += 1).await?;
        let other = cx.app().system();
        other
            .update::<Self, _, _>(&id, |it| it.count += 100)
            .await?;
        Ok(())
    }

    /// Writes to one record one more than it has read of another, while somebody else changes that once.
    #[remote]
    async fn mirror(cx: &Cx, from: String, to: String) -> Result<()> {
        let seen = cx.get::<Self>(&from).await?.count;
        if seen == 0 {
            let other = cx.app().system();
            other.update::<Self, _, _>(&from, |it| it.count = 7).await?;
        }
        cx.update::<Self, _, _>(&to, |it| it.count = seen + 1)
            .await?;
        Ok(())
    }

    /// Asks the app to change its own record, another one, and its own by its own context.
    #[remote]
    async fn roundabout(&mut self, cx: &Cx, other: String) -> Result<String> {
        let app = cx.app().system();
        app.update::<Self, _, _>(&other, |it| it.count += 1).await?;
        let refused = app.update::<Self, _, _>(&self.id, |it| it.count += 1).await;
        let refused = refused.expect_err("nobody waits for themselves");
        self.count += 1;
        Ok(format!("{refused:?}"))
    }

    /// Reads before it writes elsewhere, and is told when to go on.
    #[remote]
    async fn drain(cx: &Cx) -> Result<()> {
        let held = cx.get::<Account>(&"a".into()).await?.money;
        pause().await;
        cx.update::<Account, _, _>(&"a".into(), |it| it.money -= held)
            .await?;
        cx.update::<Account, _, _>(&"b".into(), |it| it.money += held)
            .await?;
        Ok(())
    }
}

/// An app with the counters `x` and `y`.
async fn stocked() -> (TestApp, TestClient, Runs) {
    let runs = Runs::default();
    let counted = runs.clone();
    let (app, client) = super::stocked(|app| app.resource::<Counter>().state(counted)).await;
    let batch = json!([{ "id": "x" }, { "id": "y" }]);
    client.call("counter", "create", batch).await;
    (app, client, runs)
}

async fn count(client: &TestClient, id: &str) -> u64 {
    let got = client.call("counter", "get", json!(id)).await;
    got.result()["count"].as_u64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_method_that_asks_the_app_for_its_own_record_is_refused_at_once() {
    let (_app, client, _) = stocked().await;
    let begun = tokio::time::Instant::now();
    let payload = json!({ "id": "x", "other": "y" });
    let told = client.call("counter", "roundabout", payload).await;
    let told = told.result().as_str().unwrap();
    assert!(told.contains("change `self`"), "{told}");
    assert_eq!(begun.elapsed(), std::time::Duration::ZERO);
    assert_eq!(
        (count(&client, "x").await, count(&client, "y").await),
        (1, 1)
    );
}

#[tokio::test]
async fn fifty_calls_of_ten_clients_on_one_record_lose_nothing() {
    let (app, client, runs) = stocked().await;
    let clients: Vec<_> = (0..10).map(|_| app.anonymous()).collect();
    let calls = (0..50).map(|call| {
        let arguments = ["counter".into(), "increment".into(), json!({ "id": "x" })];
        clients[call % 10].emit(&arguments)
    });
    let mut seen: Vec<_> = join_all(calls).await;
    seen.sort_by_key(|answer| answer.result().as_u64());
    let seen: Vec<_> = seen
        .iter()
        .map(|it| it.result().as_u64().unwrap())
        .collect();
    assert_eq!(seen, (1..=50).collect::<Vec<_>>());
    assert_eq!(count(&client, "x").await, 50);
    // They queue up, so that none has to run again.
    assert_eq!(runs.get(), 50);
}

#[tokio::test]
async fn updates_and_methods_of_one_record_lose_nothing() {
    let (app, client, _runs) = stocked().await;
    let cx = app.app().system();
    let typed = (0..20).map(|_| async {
        cx.update::<Counter, _, _>(&"x".into(), |it| it.count += 1)
            .await
            .unwrap();
    });
    let called = (0..20).map(|_| {
        let client = app.anonymous();
        async move {
            let answer = client.call("counter", "increment", json!({ "id": "x" }));
            assert!(answer.await.is_ok());
        }
    });
    tokio::join!(join_all(typed), join_all(called));
    assert_eq!(count(&client, "x").await, 40);
}

#[tokio::test]
async fn opposite_orders_neither_block_nor_lose() {
    let (app, client, runs) = stocked().await;
    let calls = (0..8).map(|call| {
        let client = app.anonymous();
        let payload = if call % 2 == 0 {
            json!({ "one": "x", "other": "y" })
        } else {
            json!({ "one": "y", "other": "x" })
        };
        async move { client.call("counter", "both", payload).await }
    });
    for answer in join_all(calls).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(count(&client, "x").await, 8);
    assert_eq!(count(&client, "y").await, 8);
    assert!(runs.get() > 8, "none ran again, so they never met");
}

#[tokio::test]
async fn calls_that_change_the_same_records_through_their_contexts_all_get_through() {
    let (app, client, runs) = stocked().await;
    let payload = json!({ "one": "x", "other": "y" });
    let calls = (0..64).map(|_| {
        let (client, payload) = (app.anonymous(), payload.clone());
        async move { client.call("counter", "both", payload).await }
    });
    for answer in join_all(calls).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(count(&client, "x").await, 64);
    // Each ran twice at most before it queued up.
    assert!(runs.get() <= 3 * 64, "{}", runs.get());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn opposite_orders_neither_block_nor_lose_on_several_threads() {
    let (app, client, _runs) = stocked().await;
    let calls = (0..10).map(|call| {
        let client = app.anonymous();
        tokio::spawn(async move {
            let mut done = 0;
            for turn in 0..20 {
                let payload = if (call + turn) % 2 == 0 {
                    json!({ "one": "x", "other": "y" })
                } else {
                    json!({ "one": "y", "other": "x" })
                };
                let answer = client.call("counter", "both", payload).await;
                if answer.is_ok() {
                    done += 1;
                } else {
                    assert_eq!(answer.error()["reason"], "contended");
                }
            }
            done
        })
    });
    let done = join_all(calls)
        .await
        .into_iter()
        .map(Result::unwrap)
        .sum::<u64>();
    assert_eq!(count(&client, "x").await, done);
    assert_eq!(count(&client, "y").await, done);
}

#[tokio::test]
async fn what_a_call_changed_is_read_anew_when_it_runs_again() {
    let (app, client, _runs) = stocked().await;
    let calls = (0..5).map(|_| {
        let client = app.anonymous();
        async move { client.call("counter", "drain", json!({})).await }
    });
    for answer in join_all(calls).await {
        assert!(answer.is_ok(), "{answer:?}");
    }
    assert_eq!(money(&client, "a").await, 0);
    assert_eq!(money(&client, "b").await, 100);
}

#[tokio::test]
async fn a_call_that_never_gets_through_gives_up_and_says_so() {
    let (_app, client, runs) = stocked().await;
    let given_up = client.call("counter", "never", json!({ "id": "x" })).await;
    let error = given_up.error();
    assert_eq!(error["name"], "Conflict");
    assert_eq!(error["reason"], "contended");
    assert_eq!(error["temporary"], true);
    assert!(error["retry_after_ms"].is_u64());
    assert_eq!(count(&client, "x").await, 100 * runs.get() as u64);
}

#[tokio::test]
async fn nothing_is_left_when_all_have_ended() {
    let (app, client, _runs) = stocked().await;
    let calls = (0..10).map(|_| {
        let client = app.anonymous();
        async move {
            client
                .call("counter", "increment", json!({ "id": "x" }))
                .await
        }
    });
    join_all(calls).await;
    assert_eq!(app.app().load().records, 0);
    assert_eq!(app.app().load().calls, 0);
    drop(client);
}

#[tokio::test]
async fn what_a_call_only_read_must_still_be_so_when_it_commits() {
    let (_app, client, _runs) = stocked().await;
    let ids = json!({ "from": "x", "to": "y" });
    assert!(client.call("counter", "mirror", ids).await.is_ok());
    assert_eq!(count(&client, "x").await, 7);
    assert_eq!(count(&client, "y").await, 8);
}
