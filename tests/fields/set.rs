//! The user who creates a record decides what the field is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestApp;

use super::{done, only, refused};
use crate::support;

#[derive(Debug)]
struct User {
    id: String,
    team: Option<String>,
}

/// Belongs to who made it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, user = User, remote)]
struct Task {
    id: String,
    #[resource(index, set = user.id)]
    owner: String,
    #[serde(default, skip_serializing)]
    #[resource(private, set = user.team.clone())]
    team: Option<String>,
    #[serde(default)]
    text: String,
}

#[remote]
impl Task {
    /// Creates a task, as the caller and as the app.
    #[remote]
    async fn plan(cx: &Cx) -> Result<Vec<String>> {
        let mine = cx.create(Self::of("mine", "nobody")).await?;
        let ours = cx.system().create(Self::of("ours", "nobody")).await?;
        Ok(vec![mine.owner, ours.owner])
    }

    /// Gives it to another.
    #[remote]
    fn assign(&mut self, to: String) {
        self.owner = to;
    }
}

impl Task {
    fn of(id: &str, owner: &str) -> Self {
        Self {
            id: id.into(),
            owner: owner.into(),
            team: None,
            text: String::new(),
        }
    }
}

/// The same beside a policy, which knows the type of the user.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(true), write(owner == user.id))]
struct Note {
    id: String,
    #[resource(set = user.id)]
    owner: String,
}

async fn tasks() -> TestApp {
    let user = async |_cx: Cx, id: String| {
        let team = Some(format!("team of {id}"));
        Ok(Some(User { id, team }))
    };
    support::app(|app| app.resource::<Task>().resource::<Note>().user(user)).await
}

/// The task as it is stored.
async fn stored(app: &TestApp, id: &str) -> Task {
    app.app().system().get(&id.into()).await.unwrap()
}

#[tokio::test]
async fn a_new_record_belongs_to_who_creates_it() {
    let app = tasks().await;
    let ann = app.login("ann");
    let made = done(&ann, "task", "create", json!({ "id": "a" })).await;
    assert_eq!(made, json!({ "id": "a", "owner": "ann", "text": "" }));
    assert_eq!(stored(&app, "a").await.team.as_deref(), Some("team of ann"));
    let batch = done(
        &ann,
        "task",
        "create",
        json!([{ "id": "b" }, { "id": "c" }]),
    )
    .await;
    assert_eq!(batch[1]["owner"], "ann");
}

#[tokio::test]
async fn clients_cannot_set_it() {
    let app = tasks().await;
    let ann = app.login("ann");
    for owner in ["ann", "bob"] {
        let new = json!({ "id": "a", "owner": owner });
        assert_eq!(
            refused(&ann, "task", "create", new).await,
            only("owner", "read_only")
        );
    }
    done(&ann, "task", "create", json!({ "id": "a" })).await;
    for action in ["update", "replace"] {
        let change = json!({ "id": "a", "owner": "bob" });
        assert_eq!(
            refused(&ann, "task", action, change).await,
            only("owner", "read_only")
        );
    }
}

#[tokio::test]
async fn a_change_by_another_keeps_it() {
    let app = tasks().await;
    done(&app.login("ann"), "task", "create", json!({ "id": "a" })).await;
    let bob = app.login("bob");
    for action in ["update", "replace"] {
        let changed = done(&bob, "task", action, json!({ "id": "a", "text": action })).await;
        assert_eq!(changed["owner"], "ann", "{action}");
    }
    assert_eq!(stored(&app, "a").await.team.as_deref(), Some("team of ann"));
}

#[tokio::test]
async fn nobody_in_particular_creates_nothing() {
    let app = tasks().await;
    let refused = app
        .anonymous()
        .call("task", "create", json!({ "id": "a" }))
        .await;
    assert_eq!(refused.error()["name"], "NotAuthenticated");
    let planned = app.anonymous().call("task", "plan", json!({})).await;
    assert_eq!(planned.error()["name"], "NotAuthenticated");
    assert_eq!(
        done(&app.anonymous(), "task", "count", Value::Null).await,
        0
    );
}

#[tokio::test]
async fn rust_code_creates_as_the_caller_or_as_the_app() {
    let app = tasks().await;
    let planned = done(&app.login("ann"), "task", "plan", json!({})).await;
    assert_eq!(planned, json!(["ann", "nobody"]));
    let system = app
        .app()
        .system()
        .create(Task::of("b", "bob"))
        .await
        .unwrap();
    assert_eq!(system.owner, "bob");
    let eve = app.app().on_behalf_of("eve").await.unwrap();
    assert_eq!(eve.create(Task::of("c", "bob")).await.unwrap().owner, "eve");
}

#[tokio::test]
async fn rust_code_may_change_it() {
    let app = tasks().await;
    let ann = app.login("ann");
    done(&ann, "task", "create", json!({ "id": "a" })).await;
    done(&ann, "task", "assign", json!({ "id": "a", "to": "bob" })).await;
    assert_eq!(stored(&app, "a").await.owner, "bob");
}

#[tokio::test]
async fn a_policy_is_asked_about_the_record_with_it() {
    let app = tasks().await;
    let made = done(&app.login("ann"), "note", "create", json!({ "id": "a" })).await;
    assert_eq!(made["owner"], "ann");
}

#[tokio::test]
async fn an_app_must_know_users_of_that_type() {
    let build = async |app: sockful::AppBuilder| {
        let app = app.store(Memory::new()).resource::<Task>();
        let error = app.build().await.expect_err("there is no such user");
        error.problems().collect::<Vec<_>>()
    };
    let unknown = build(App::builder()).await;
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert!(
        unknown[0].starts_with("task.owner: `set` asks for a `"),
        "{unknown:?}"
    );
    assert!(
        unknown[0].ends_with("User`: add `.user(..)`, which answers it"),
        "{unknown:?}"
    );
    let other = build(App::builder().user(async |_cx: Cx, _key: String| Ok(Some(5_u8)))).await;
    assert!(
        other[1].ends_with("and `.user(..)` answers a `u8`"),
        "{other:?}"
    );
}
