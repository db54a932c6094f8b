//! Hooks beside a policy: whom they run for, and what they cannot give away.

use super::*;

struct User {
    id: String,
    banned: bool,
}

/// Its hook gives it an owner where it has none.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(hooks)]
#[policy(
    user = User,
    read(true),
    create(!draft && owner == user.id && !user.banned),
    update(owner == user.id),
    destroy(false)
)]
struct Post {
    id: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    draft: bool,
}

impl Hooks for Post {
    async fn before_create(cx: &Cx, new: &mut Self) -> Result<()> {
        cx.state::<Seen>().push("before_create");
        if new.owner.is_empty() {
            new.owner = cx.user_key().unwrap_or_default().to_owned();
        }
        Ok(())
    }
}

async fn posts() -> (TestApp, Seen) {
    let seen = Seen::default();
    let app = support::app(|app| {
        let app = app.resource::<Post>().state(seen.clone());
        let app = app.before("post.create", async |cx: Cx, _| {
            cx.state::<Seen>().push("app");
            Ok(())
        });
        app.user(async |_: Cx, id: String| {
            let banned = id == "eve";
            Ok(Some(User { id, banned }))
        })
    });
    (app.await, seen)
}

#[tokio::test]
async fn no_hook_runs_for_whom_the_policy_lets_create_nothing() {
    let (app, seen) = posts().await;
    for client in [app.anonymous(), app.login("eve")] {
        let post = json!({ "id": "a" });
        let alone = client.call("post", "create", post.clone()).await;
        let batch = client.call("post", "create", json!([post])).await;
        let none = client.call("post", "create", json!([])).await;
        let items = json!([["post", "create", post]]);
        let commit = client.call("sockful", "commit", items).await;
        for (refused, item) in [
            (alone, Value::Null),
            (batch, json!(0)),
            (none, Value::Null),
            (commit, json!(0)),
        ] {
            let error = refused.error();
            assert_eq!(
                (&error["reason"], &error["item"]),
                (&json!("policy"), &item)
            );
        }
    }
    assert_eq!(seen.take(), [""; 0]);
    assert_eq!(count(&app.anonymous(), "post").await, 0);
}

#[tokio::test]
async fn the_policy_judges_a_new_record_as_hooks_leave_it() {
    let (app, seen) = posts().await;
    let ann = app.login("ann");
    let made = ann.call("post", "create", json!({ "id": "a" })).await;
    assert_eq!(made.result()["owner"], "ann");
    for foreign in [
        json!({ "id": "b", "owner": "bob" }),
        json!({ "id": "b", "draft": true }),
    ] {
        let refused = ann.call("post", "create", foreign).await;
        assert_eq!(refused.error()["reason"], "policy");
    }
    assert_eq!(seen.take(), ["app", "before_create"].repeat(3));
}

/// Listed in the order of what its title says.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Bid {
    id: String,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    cents: u32,
    #[serde(default, skip_serializing)]
    #[resource(write_only)]
    code: u32,
}

/// How bids are ordered.
#[derive(Clone, Copy)]
enum Order {
    Cents,
    Code,
    Id,
}

impl Hooks for Bid {
    async fn before_all(cx: &Cx, query: &mut sockful::Find<Self>) -> Result<()> {
        let asked = std::mem::replace(query, Self::query());
        *query = match *cx.state::<Order>() {
            Order::Cents => asked.sort(sort!(|b: Self| b.cents)),
            Order::Code => asked.sort(sort!(|b: Self| b.code)),
            Order::Id => asked.sort(sort!(|b: Self| Reverse(b.id))),
        };
        Ok(())
    }
}

/// An app with two bids, and how they are listed for a client.
async fn bids(order: Order) -> (TestApp, sockful::testing::Answer) {
    let app = support::app(|app| app.resource::<Bid>().state(order)).await;
    for (id, cents) in [("a", 20), ("b", 10)] {
        let code = cents;
        let id = id.to_owned();
        let made = app.app().system().create(Bid { id, cents, code }).await;
        made.expect("there is room");
    }
    let client = app.anonymous();
    let listed = client.call("bid", "all", json!({ "$limit": 1 })).await;
    (app, listed)
}

#[tokio::test]
async fn no_cursor_holds_what_clients_never_see() {
    for order in [Order::Cents, Order::Code] {
        let (app, listed) = bids(order).await;
        assert_eq!(listed.error()["name"], "Internal");
        assert_eq!(listed.to_json()[2], Value::Null);
        // It is the cursor that tells: counts and Rust code have none.
        assert_eq!(count(&app.anonymous(), "bid").await, 2);
        let all = app.app().system().all(Bid::query()).await.expect("a list");
        let ids: Vec<_> = all.iter().map(|bid| &*bid.id).collect();
        assert_eq!(ids, ["b", "a"]);
    }
    let (_app, listed) = bids(Order::Id).await;
    assert_eq!(listed.result(), &json!([{ "id": "b" }]));
    assert!(listed.meta()["next"].is_string());
}
