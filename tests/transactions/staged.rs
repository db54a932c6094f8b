//! The transaction of a call: what it sees of its own writes, and what becomes of them.

use std::sync::Mutex;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::ErrorKind;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use tokio::task::JoinHandle;

use super::Account;

/// A clerk who moves money, in every way one can.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Clerk {
    id: String,
    #[serde(default)]
    done: u32,
}

/// What a method has left running.
#[derive(Default)]
struct Left(Mutex<Option<JoinHandle<Result<Account>>>>);

impl Left {
    /// Waits for it.
    async fn ended(&self) -> Result<Account> {
        let left = self.0.lock().unwrap().take();
        left.expect("something was left").await.unwrap()
    }
}

async fn transfer(cx: &Cx, amount: i64) -> Result<()> {
    cx.update::<Account, _, _>(&"a".into(), |it| it.money -= amount)
        .await?;
    cx.update::<Account, _, _>(&"b".into(), |it| it.money += amount)
        .await?;
    Ok(())
}

/// Leaves a task behind that writes once it may.
fn leave(cx: &Cx, may: impl Future<Output = ()> + Send + 'static) {
    let outliving = cx.clone();
    let task = tokio::spawn(async move {
        may.await;
        outliving.create(Account::new("late", 1)).await
    });
    *cx.state::<Left>().0.lock().unwrap() = Some(task);
}

#[remote]
impl Clerk {
    #[remote]
    async fn transfer(&mut self, cx: &Cx, amount: i64, end: String) -> Result<i64> {
        self.done += 1;
        transfer(cx, amount).await?;
        cx.create(Account::new("fee", 1)).await?;
        match end.as_str() {
            "error" => return Err(Error::forbidden("not today")),
            "panic" => panic!("not today"),
            "unique" => {
                for id in ["x", "y"] {
                    let code = Some("same".to_owned());
                    cx.create(Account {
                        code,
                        ..Account::new(id, 0)
                    })
                    .await?;
                }
            }
            "pending" => std::future::pending().await,
            _ => {}
        }
        Ok(cx.get::<Account>(&"b".into()).await?.money)
    }

    /// The same account by `get`, how many there are, and what `all` shows of it.
    #[remote]
    async fn look(cx: &Cx) -> Result<Value> {
        cx.update::<Account, _, _>(&"a".into(), |it| it.money = 1)
            .await?;
        cx.create(Account::new("new", 5)).await?;
        cx.destroy::<Account>(&"b".into()).await?;
        let money = cx.get::<Account>(&"a".into()).await?.money;
        let new = cx.get::<Account>(&"new".into()).await?.money;
        let gone = cx.get::<Account>(&"b".into()).await.unwrap_err();
        let all = cx.all(Account::query()).await?;
        let all: Vec<_> = all.iter().map(|it| (it.id.clone(), it.money)).collect();
        let count = cx.count(Account::query()).await?;
        Ok(json!([money, new, gone.kind().name(), all, count]))
    }

    #[remote]
    async fn make_and_unmake(cx: &Cx) -> Result<()> {
        cx.create(Account::new("new", 5)).await?;
        cx.update::<Account, _, _>(&"new".into(), |it| it.money = 6)
            .await?;
        let destroyed = cx.destroy::<Account>(&"new".into()).await?;
        assert_eq!(destroyed.money, 6);
        Ok(())
    }

    #[remote]
    async fn remake(cx: &Cx) -> Result<()> {
        cx.destroy::<Account>(&"a".into()).await?;
        cx.create(Account::new("a", 7)).await?;
        Ok(())
    }

    #[remote]
    async fn create_existing(cx: &Cx) -> Result<Value> {
        let stored = cx.create(Account::new("a", 1)).await.unwrap_err();
        cx.create(Account::new("new", 1)).await?;
        let staged = cx.create(Account::new("new", 2)).await.unwrap_err();
        Ok(json!([stored.reason_text(), staged.reason_text()]))
    }

    #[remote]
    async fn refused_edit(cx: &Cx) -> Result<()> {
        let refused = cx
            .update::<Account, _, _>(&"a".into(), |it| {
                it.money = 5;
                Err(Error::forbidden("no"))
            })
            .await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Forbidden);
        Ok(())
    }

    #[remote]
    async fn itself(&mut self, cx: &Cx) -> Result<()> {
        cx.update::<Self, _, _>(&self.id, |it| it.done = 50).await?;
        Ok(())
    }

    #[remote(read)]
    async fn reads(cx: &Cx, way: u8) -> Result<()> {
        match way {
            0 => drop(cx.create(Account::new("new", 1)).await?),
            1 => drop(cx.destroy::<Account>(&"a".into()).await?),
            _ => transfer(cx, 1).await?,
        }
        Ok(())
    }

    #[remote]
    async fn reads_itself(&self, cx: &Cx) -> Result<()> {
        transfer(cx, 1).await
    }

    #[remote]
    async fn leaves_behind(cx: &Cx) {
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        // Dropped, and so told, when the app has taken the task back.
        leave(cx, async { drop(end.await) });
        drop(ended);
    }

    #[remote]
    async fn leaves_behind_and_fails(cx: &Cx, end: String) -> Result<()> {
        leave(cx, tokio::time::sleep(std::time::Duration::from_secs(100)));
        match end.as_str() {
            "error" => Err(Error::forbidden("no")),
            "panic" => panic!("no"),
            _ => std::future::pending().await,
        }
    }
}

/// An app with a clerk `c` and the two accounts.
async fn stocked() -> (TestApp, TestClient) {
    let (app, client) = super::stocked(|app| app.resource::<Clerk>().state(Left::default())).await;
    client.call("clerk", "create", json!({ "id": "c" })).await;
    (app, client)
}

/// What is stored: the accounts as id and money, and how often the clerk has done something.
async fn stored(client: &TestClient) -> Value {
    let all = client.call("account", "all", json!({})).await;
    let all = all.result().as_array().unwrap().iter();
    let all: Vec<_> = all.map(|it| json!([it["id"], it["money"]])).collect();
    let clerk = client.call("clerk", "get", json!("c")).await;
    json!([all, clerk.result()["done"]])
}

fn untouched() -> Value {
    json!([[["a", 100], ["b", 0]], 0])
}

#[tokio::test]
async fn what_a_call_writes_is_committed_with_its_own_record() {
    let (_app, client) = stocked().await;
    let payload = json!({ "id": "c", "amount": 30, "end": "well" });
    let done = client.call("clerk", "transfer", payload).await;
    // Three commits came before; all of this is one.
    assert_eq!(done.to_json(), json!([null, 30, { "pos": 4, "rev": 4 }]));
    assert_eq!(
        stored(&client).await,
        json!([[["a", 70], ["b", 30], ["fee", 1]], 1])
    );
}

#[tokio::test]
async fn a_call_that_fails_writes_nothing() {
    let (_app, client) = stocked().await;
    for (end, reason) in [
        ("error", "forbidden"),
        ("panic", "internal"),
        ("unique", "unique"),
    ] {
        let payload = json!({ "id": "c", "amount": 30, "end": end });
        let failed = client.call("clerk", "transfer", payload).await;
        assert_eq!(failed.error()["reason"], reason);
        assert_eq!(stored(&client).await, untouched(), "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_times_out_writes_nothing() {
    let (_app, client) = stocked().await;
    let payload = json!({ "id": "c", "amount": 30, "end": "pending" });
    let late = client.call("clerk", "transfer", payload).await;
    assert_eq!(late.error()["reason"], "timeout");
    assert_eq!(stored(&client).await, untouched());
}

#[tokio::test]
async fn get_sees_what_the_call_has_written_and_queries_do_not() {
    let (_app, client) = stocked().await;
    let looked = client.call("clerk", "look", json!({})).await;
    assert_eq!(
        looked.result(),
        &json!([1, 5, "NotFound", [["a", 100], ["b", 0]], 2])
    );
    assert_eq!(stored(&client).await, json!([[["a", 1], ["new", 5]], 0]));
}

#[tokio::test]
async fn nobody_else_sees_what_is_not_committed() {
    let (app, client) = stocked().await;
    let other = app.anonymous();
    let payload = json!({ "id": "c", "amount": 30, "end": "pending" });
    drop(client.emit(&["clerk".into(), "transfer".into(), payload]));
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    assert_eq!(stored(&other).await, untouched());
}

#[tokio::test]
async fn created_and_destroyed_in_one_call_is_nothing() {
    let (_app, client) = stocked().await;
    let done = client.call("clerk", "make_and_unmake", json!({})).await;
    assert_eq!(done.to_json(), json!([null, null, {}]));
    assert_eq!(stored(&client).await, untouched());
}

#[tokio::test]
async fn destroyed_and_created_in_one_call_is_a_change() {
    let (_app, client) = stocked().await;
    let done = client.call("clerk", "remake", json!({})).await;
    assert!(done.is_ok(), "{done:?}");
    let got = client.call("account", "get", json!("a")).await;
    assert_eq!(got.result()["money"], 7);
    assert_eq!(got.meta()["rev"], done.meta()["pos"]);
}

#[tokio::test]
async fn an_existing_id_is_told_at_once_and_the_call_may_go_on() {
    let (_app, client) = stocked().await;
    let done = client.call("clerk", "create_existing", json!({})).await;
    assert_eq!(done.result(), &json!(["exists", "exists"]));
    assert_eq!(
        stored(&client).await,
        json!([[["a", 100], ["b", 0], ["new", 1]], 0])
    );
}

#[tokio::test]
async fn a_refused_edit_changes_nothing_and_the_call_may_go_on() {
    let (_app, client) = stocked().await;
    let done = client.call("clerk", "refused_edit", json!({})).await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(stored(&client).await, untouched());
}

#[tokio::test]
async fn a_method_cannot_change_its_own_record_behind_its_back() {
    let (_app, client) = stocked().await;
    let refused = client.call("clerk", "itself", json!({ "id": "c" })).await;
    assert_eq!(refused.error()["name"], "Internal");
    assert_eq!(stored(&client).await, untouched());
}

#[tokio::test]
async fn a_method_that_only_reads_cannot_write() {
    let (_app, client) = stocked().await;
    for way in 0..3 {
        let refused = client.call("clerk", "reads", json!({ "way": way })).await;
        assert_eq!(refused.error()["name"], "Internal");
    }
    let refused = client.call("clerk", "reads_itself", json!({ "id": "c" }));
    assert_eq!(refused.await.error()["name"], "Internal");
    assert_eq!(stored(&client).await, untouched());
}

#[tokio::test]
async fn a_context_that_outlives_its_call_cannot_write() {
    let (app, client) = stocked().await;
    let done = client.call("clerk", "leaves_behind", json!({})).await;
    assert!(done.is_ok(), "{done:?}");
    let late = app.app().state::<Left>().ended().await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(stored(&client).await, untouched());
}

#[tokio::test(start_paused = true)]
async fn a_context_that_outlives_a_failed_call_cannot_write_either() {
    for end in ["error", "panic", "timeout"] {
        let (app, client) = stocked().await;
        let payload = json!({ "end": end });
        let failed = client.call("clerk", "leaves_behind_and_fails", payload);
        assert!(!failed.await.is_ok());
        let late = app.app().state::<Left>().ended().await;
        let error = late.expect_err(end);
        assert_eq!(error.kind(), ErrorKind::Internal, "{end}");
        assert_eq!(stored(&client).await, untouched());
    }
}
