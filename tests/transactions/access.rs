//! On whose behalf the typed API acts, and how deep calls may go.

use std::pin::Pin;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::ErrorKind;
use sockful::prelude::*;
use sockful::testing::TestApp;

use super::{Account, Runs};
use crate::support;

/// Only for those who have logged in.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated, remote)]
struct Secret {
    id: String,
    #[serde(default)]
    text: String,
}

#[remote]
impl Secret {
    #[remote]
    fn tell(&self) -> String {
        self.text.clone()
    }

    #[remote(access = public)]
    fn length(&self) -> usize {
        self.text.len()
    }

    #[remote(read)]
    fn nobodys() -> u8 {
        1
    }

    #[remote(read, access = public)]
    fn everybodys() -> u8 {
        2
    }
}

/// For everybody.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Door {
    id: String,
}

#[remote]
impl Door {
    #[remote(read)]
    async fn knock(cx: &Cx) -> Result<String> {
        Ok(cx.get::<Secret>(&"s".into()).await?.text)
    }

    #[remote(read)]
    async fn open(cx: &Cx) -> Result<(String, Option<String>)> {
        let system = cx.system();
        let secret = system.get::<Secret>(&"s".into()).await?;
        Ok((secret.text, system.user_key().map(str::to_owned)))
    }

    #[remote]
    async fn write(cx: &Cx) -> Result<()> {
        cx.system()
            .update::<Secret, _, _>(&"s".into(), |it| it.text.push('!'))
            .await?;
        Err(Error::forbidden("after all"))
    }

    #[remote(access = authenticated)]
    fn close(&self) {}

    #[remote(read)]
    async fn nest(cx: &Cx, depth: u8) -> Result<u8> {
        nest(cx.clone(), depth).await
    }

    #[remote(read)]
    fn state(cx: &Cx) -> usize {
        cx.state::<Runs>().get()
    }
}

/// Does nothing but to go on.
fn nest(cx: Cx, depth: u8) -> Pin<Box<dyn Future<Output = Result<u8>> + Send>> {
    Box::pin(async move {
        if depth > 0 {
            cx.count(Door::query()).await?;
            return nest(cx, depth - 1).await;
        }
        Ok(0)
    })
}

async fn app() -> TestApp {
    let app = support::app(|app| {
        app.resource::<Secret>()
            .resource::<Door>()
            .resource::<Account>()
            .state(Runs::default())
    });
    let app = app.await;
    let cx = app.app().system();
    let (id, text) = ("s".into(), "psst".into());
    cx.create(Secret { id, text }).await.unwrap();
    cx.create(Door { id: "d".into() }).await.unwrap();
    app
}

/// Every action on `Secret`, with a payload that suits it.
fn actions() -> Vec<(&'static str, Value)> {
    vec![
        ("get", json!("s")),
        ("all", json!({})),
        ("count", json!({})),
        ("create", json!({ "id": "t" })),
        ("create", json!([{ "id": "u" }])),
        ("update", json!({ "id": "s", "text": "new" })),
        ("replace", json!({ "id": "s" })),
        ("tell", json!({ "id": "s" })),
        ("nobodys", json!({})),
        ("destroy", json!("s")),
    ]
}

#[tokio::test]
async fn without_login_everything_on_an_authenticated_resource_is_refused() {
    let app = app().await;
    for (action, payload) in actions() {
        let refused = app.anonymous().call("secret", action, payload).await;
        assert_eq!(refused.error()["name"], "NotAuthenticated", "{action}");
        assert_eq!(refused.error()["reason"], "not_authenticated");
    }
    let secret = app.app().system().get::<Secret>(&"s".into()).await;
    assert_eq!(secret.unwrap().text, "psst");
}

#[tokio::test]
async fn without_login_nobody_learns_what_there_is() {
    let app = app().await;
    let refused = app.anonymous();
    let there = refused.call("secret", "get", json!("s")).await;
    let absent = refused.call("secret", "get", json!("x")).await;
    assert_eq!(there, absent);
}

#[tokio::test]
async fn with_login_everything_on_it_is_allowed() {
    let app = app().await;
    let ann = app.login("ann");
    for (action, payload) in actions() {
        let answer = ann.call("secret", action, payload).await;
        assert!(answer.is_ok(), "{action}: {answer:?}");
    }
}

#[tokio::test]
async fn a_methods_own_word_counts_more_than_the_resources() {
    let app = app().await;
    let (stranger, ann) = (app.anonymous(), app.login("ann"));
    for (resource, action, payload, open) in [
        ("secret", "length", json!({ "id": "s" }), true),
        ("secret", "everybodys", json!({}), true),
        ("door", "close", json!({ "id": "d" }), false),
    ] {
        let answer = stranger.call(resource, action, payload.clone()).await;
        assert_eq!(answer.is_ok(), open, "{action}");
        assert!(ann.call(resource, action, payload).await.is_ok());
    }
}

#[tokio::test]
async fn a_context_acts_for_whoever_called() {
    let app = app().await;
    let refused = app.anonymous().call("door", "knock", json!({})).await;
    assert_eq!(refused.error()["reason"], "not_authenticated");
    let told = app.login("ann").call("door", "knock", json!({})).await;
    assert_eq!(told.result(), "psst");
}

#[tokio::test]
async fn the_system_context_may_everything_and_is_nobody() {
    let app = app().await;
    for client in [app.anonymous(), app.login("ann")] {
        let told = client.call("door", "open", json!({})).await;
        assert_eq!(told.result(), &json!(["psst", null]));
    }
}

#[tokio::test]
async fn the_system_context_writes_to_the_same_transaction() {
    let app = app().await;
    let refused = app.anonymous().call("door", "write", json!({})).await;
    assert_eq!(refused.error()["reason"], "forbidden");
    let secret = app.app().system().get::<Secret>(&"s".into()).await;
    assert_eq!(secret.unwrap().text, "psst");
}

#[tokio::test]
async fn outside_requests_each_write_commits_by_itself() {
    let app = app().await;
    let cx = app.app().system();
    assert_eq!(cx.user_key(), None);
    cx.create(Account::new("a", 1)).await.unwrap();
    let ann = app.login("ann");
    let got = ann.call("account", "get", json!("a")).await;
    assert_eq!(got.result()["money"], 1);
    let changed = cx
        .update::<Account, _, _>(&"a".into(), |it| it.money += 1)
        .await;
    assert_eq!(changed.unwrap().money, 2);
    assert_eq!(cx.count(Account::query()).await.unwrap(), 1);
    assert_eq!(cx.destroy::<Account>(&"a".into()).await.unwrap().money, 2);
    assert_eq!(cx.count(Account::query()).await.unwrap(), 0);
}

#[tokio::test]
async fn the_typed_api_fails_as_requests_do() {
    let app = app().await;
    let cx = app.app().system();
    let missing = cx.get::<Account>(&"x".into()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    cx.create(Account::new("a", 1)).await.unwrap();
    let existing = cx.create(Account::new("a", 1)).await.unwrap_err();
    assert_eq!(existing.reason_text(), "exists");
    let empty = cx.create(Account::new("", 1)).await.unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Unprocessable);
    let refused = cx
        .update::<Account, _, _>(&"a".into(), |it| it.id = "b".into())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Internal);
    let refused = cx
        .update::<Account, _, _>(&"a".into(), |_| Err(Error::forbidden("no")))
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(cx.get::<Account>(&"a".into()).await.unwrap().money, 1);
}

#[tokio::test]
async fn a_resource_that_the_app_does_not_have_is_the_programs_mistake() {
    let app = support::app(|app| app.resource::<Account>()).await;
    let cx = app.app().system();
    let missing = cx.count(Door::query()).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Internal);
    assert!(format!("{missing:?}").contains("`door`"), "{missing:?}");
}

#[tokio::test]
async fn calls_one_after_the_other_are_not_nested() {
    let app = app().await;
    let client = app.anonymous();
    let done = client.call("door", "nest", json!({ "depth": 100 }));
    assert!(done.await.is_ok());
}

#[tokio::test]
async fn every_method_reaches_the_state_of_the_app() {
    let app = app().await;
    app.app().state::<Runs>().count();
    let counted = app.anonymous().call("door", "state", json!({})).await;
    assert_eq!(counted.result(), 1);
    assert_eq!(app.app().system().state::<Runs>().get(), 1);
}

#[tokio::test]
#[should_panic(expected = "give it by `.state(..)`")]
async fn state_that_nobody_gave_is_the_programs_mistake() {
    let app = support::app(|app| app.resource::<Account>()).await;
    let _ = app.app().system().state::<Runs>();
}
