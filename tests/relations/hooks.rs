//! What hooks and policies of children have to say when their parent is destroyed.

use super::*;

/// What is known of a caller: nothing but who it is.
#[derive(Debug)]
struct User {
    #[expect(dead_code, reason = "the policies here ask nothing about it")]
    key: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Larder {
    id: String,
}

/// Nobody may change or destroy one, and each has a say in its end.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Larder, hooks)]
#[policy(user = User, read(true), create(true), update(false), destroy(false))]
struct Jar {
    id: String,
    #[resource(parent)]
    larder_id: String,
    end: End,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum End {
    /// It leaves a note.
    Noted,
    /// It has none.
    Refused,
    /// Another jar comes in its place.
    Replaced,
    /// What is in it comes into a new jar in the larder `cellar`.
    Emptied,
    /// It is remembered by the key of its larder.
    Engraved,
    /// It is remembered once all is done.
    Followed,
}

/// Goes with its jar, unless it is in another by then.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Jar)]
struct Pickle {
    id: String,
    #[resource(parent)]
    jar_id: String,
}

/// Nobody may change one.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Larder)]
#[policy(user = User, read(true), create(true), update(false), destroy(false))]
struct Key {
    id: String,
    #[resource(parent)]
    larder_id: Option<String>,
    #[serde(default)]
    engraving: Option<String>,
}

/// Only the application makes these.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(true), write(false))]
struct Slip {
    id: String,
}

impl Hooks for Jar {
    async fn before_destroy(cx: &Cx, old: &Self) -> Result<()> {
        assert_eq!(cx.user_key(), None);
        let id = format!("after {}", old.id);
        let jar = |larder: &str| Self {
            id: id.clone(),
            larder_id: larder.to_owned(),
            end: End::Noted,
        };
        match old.end {
            End::Noted => cx.create(Slip { id }).await.map(drop),
            End::Refused => Err(Error::conflict("this jar stays").reason("jar_stays")),
            End::Replaced => cx.create(jar(&old.larder_id)).await.map(drop),
            End::Emptied => {
                cx.create(jar("cellar")).await?;
                for pickle in old.pickles(cx).await? {
                    let moved = |it: &mut Pickle| it.jar_id.clone_from(&id);
                    cx.update(&pickle.id, moved).await?;
                }
                Ok(())
            }
            End::Followed => Ok(()),
            End::Engraved => {
                let text = format!("{} was here", old.id);
                let engraved = |it: &mut Key| it.engraving = Some(text.clone());
                cx.update(&"k".to_owned(), engraved).await.map(drop)
            }
        }
    }

    async fn after_destroy(cx: &Cx, old: &Self) -> Result<()> {
        if old.end == End::Followed {
            let id = format!("after all of {}", old.id);
            cx.system().create(Slip { id }).await?;
        }
        Ok(())
    }
}

async fn larder(jars: Value) -> (TestApp, TestClient) {
    larder_with(jars, |app| app).await
}

async fn larder_with(
    jars: Value,
    parts: impl FnOnce(AppBuilder) -> AppBuilder,
) -> (TestApp, TestClient) {
    let app = support::app(|app| {
        parts(app)
            .user(async |_: Cx, key: String| Ok(Some(User { key })))
            .resource::<Larder>()
            .resource::<Jar>()
            .resource::<Key>()
            .resource::<Pickle>()
            .resource::<Slip>()
    })
    .await;
    let client = app.login("ann");
    made(&client, "larder", json!({ "id": "l" })).await;
    made(&client, "jar", jars).await;
    made(&client, "key", json!({ "id": "k", "larder_id": "l" })).await;
    (app, client)
}

fn jar(id: &str, end: &str) -> Value {
    json!({ "id": id, "larder_id": "l", "end": end })
}

#[tokio::test]
async fn the_policy_of_the_parent_decides_and_not_those_of_its_children() {
    let (_app, client) = larder(json!([jar("a", "noted")])).await;
    let forbidden = json!([403, "policy"]);
    assert_eq!(
        refused(&client, "jar", "destroy", json!("a")).await,
        forbidden
    );
    let free = json!({ "id": "k", "larder_id": null });
    assert_eq!(refused(&client, "key", "update", free).await, forbidden);
    client.call("larder", "destroy", json!("l")).await.result();
    assert_eq!(count(&client, "jar").await, 0);
    let key = client.call("key", "get", json!("k")).await;
    assert_eq!(key.result()["larder_id"], Value::Null);
}

#[tokio::test]
async fn the_hook_of_a_child_runs_for_the_application_and_within_the_commit() {
    let (_app, client) = larder(json!([jar("a", "noted"), jar("b", "noted")])).await;
    assert_eq!(
        refused(&client, "slip", "create", json!({ "id": "x" })).await,
        json!([403, "policy"])
    );
    let answer = client.call("larder", "destroy", json!("l")).await;
    assert_eq!(*answer.result(), json!({ "id": "l" }));
    let slips = client.call("slip", "all", json!({})).await;
    assert_eq!(
        *slips.result(),
        json!([{ "id": "after a" }, { "id": "after b" }])
    );
}

#[tokio::test]
async fn a_child_that_refuses_keeps_everything() {
    let (_app, client) = larder(json!([
        jar("a", "noted"),
        jar("b", "refused"),
        jar("c", "noted")
    ]))
    .await;
    let kept = json!([409, "jar_stays"]);
    assert_eq!(
        refused(&client, "larder", "destroy", json!("l")).await,
        kept
    );
    let commit = json!([["larder", "create", { "id": "m" }], ["larder", "destroy", "l"]]);
    assert_eq!(refused(&client, "sockful", "commit", commit).await, kept);
    assert_eq!(count(&client, "larder").await, 1);
    assert_eq!(
        [count(&client, "jar").await, count(&client, "slip").await],
        [3, 0]
    );
    let key = client.call("key", "get", json!("k")).await;
    assert_eq!(key.result()["larder_id"], "l");
}

#[tokio::test]
async fn what_a_hook_puts_below_what_goes_is_gone_as_well() {
    let (_app, client) = larder(json!([jar("a", "replaced")])).await;
    client.call("larder", "destroy", json!("l")).await.result();
    assert_eq!(count(&client, "jar").await, 0);
    // It, too, had its say.
    let slips = client.call("slip", "all", json!({})).await;
    assert_eq!(*slips.result(), json!([{ "id": "after after a" }]));
}

#[tokio::test]
async fn what_a_hook_moves_away_from_what_goes_stays() {
    let (_app, client) = larder(json!([jar("a", "emptied")])).await;
    made(&client, "larder", json!({ "id": "cellar" })).await;
    let pickle = json!({ "id": "p", "jar_id": "a" });
    made(
        &client,
        "pickle",
        json!([pickle, { "id": "q", "jar_id": "a" }]),
    )
    .await;
    client.call("larder", "destroy", json!("l")).await.result();
    let jars = client.call("jar", "all", json!({})).await;
    assert_eq!(
        *jars.result(),
        json!([{ "id": "after a", "larder_id": "cellar", "end": "noted" }])
    );
    let pickles = client.call("pickle", "all", json!({})).await;
    assert_eq!(
        *pickles.result(),
        json!([{ "id": "p", "jar_id": "after a" }, { "id": "q", "jar_id": "after a" }])
    );
}

#[tokio::test]
async fn what_a_hook_makes_of_a_record_that_loses_its_parent_is_kept() {
    let (_app, client) = larder(json!([jar("a", "engraved")])).await;
    client.call("larder", "destroy", json!("l")).await.result();
    let key = client.call("key", "get", json!("k")).await;
    assert_eq!(
        *key.result(),
        json!({ "id": "k", "larder_id": null, "engraving": "a was here" })
    );
}

#[tokio::test]
async fn no_hook_of_the_app_runs_for_children() {
    use std::sync::{Arc, Mutex};
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let (_app, client) = larder_with(json!([jar("a", "noted")]), |app| {
        app.before("*.destroy", move |_, call: sockful::HookedCall| {
            log.lock().unwrap().push(call.resource().to_owned());
            std::future::ready(Ok(()))
        })
    })
    .await;
    client.call("larder", "destroy", json!("l")).await.result();
    assert_eq!(*seen.lock().unwrap(), ["larder"]);
}

#[tokio::test]
async fn what_follows_a_record_follows_it_when_it_goes_with_its_parent() {
    let jars = json!([jar("a", "followed"), jar("b", "followed")]);
    let (_app, client) = larder(jars).await;
    client.call("larder", "destroy", json!("l")).await.result();
    for slip in ["after all of a", "after all of b"] {
        // It runs apart from the answer.
        while !client.call("slip", "get", json!(slip)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
