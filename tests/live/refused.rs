//! What cannot be watched, and what hooks have to say in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::query::Find;

use super::*;

/// Of which nobody is told.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = none)]
struct Silent {
    id: String,
}

/// What is shown of it a hook decides.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Shaped {
    id: String,
}

impl Hooks for Shaped {
    async fn after_get(_: &Cx, _: &mut Self) -> Result<()> {
        Ok(())
    }
}

/// Of which everybody sees what a hook lets them.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Desk {
    id: String,
    #[resource(index)]
    team: String,
}

impl Hooks for Desk {
    async fn before_all(cx: &Cx, query: &mut Find<Self>) -> Result<()> {
        let user = cx.user::<house::User>();
        let user = user.ok_or_else(|| Error::forbidden("no desks").reason("no_desks"))?;
        if user.team != "all" {
            let team = user.team.clone();
            query.restrict(filter!(|d: Self| d.team == team));
        }
        Ok(())
    }
}

async fn house() -> House {
    House::with(
        |_| {},
        |app| {
            app.resource::<Silent>()
                .resource::<Shaped>()
                .resource::<Desk>()
        },
    )
    .await
}

async fn desk(house: &House, id: &str, team: &str) {
    let system = house.app.app().system();
    let (id, team) = (id.to_owned(), team.to_owned());
    system.create(Desk { id, team }).await.expect("a desk");
}

#[tokio::test]
async fn what_could_not_be_kept_up_to_date_is_refused_all_of_it_at_once() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    let query = json!({
        "size": 1, "$limit": 1, "$sort": { "size": 1 }, "$skip": 1, "$after": "x", "$include": ["songs"],
    });
    let refused = ann.call("card", "watch", query).await;
    let error = refused.error();
    assert_eq!(
        (&error["code"], &error["reason"]),
        (&json!(400), &json!("invalid_query"))
    );
    let errors = error["errors"].as_object().expect("by their paths");
    let paths: Vec<_> = errors.keys().map(String::as_str).collect();
    assert_eq!(paths, ["$after", "$include", "$limit", "$skip", "$sort"]);
    assert!(errors.values().all(|it| it[0]["code"] == "not_watched"));
    house.holds((0, 0)).await;
}

#[tokio::test]
async fn a_field_that_clients_do_not_have_is_not_watched_by() {
    let house = House::new().await;
    let ann = house.app.anonymous();
    for query in [
        json!({ "cost": 5 }),
        json!({ "cost": { "$exists": true } }),
        json!({ "$select": ["cost"] }),
    ] {
        let refused = ann.call("card", "watch", query).await;
        assert_eq!(refused.error()["reason"], "invalid_query");
    }
    house.holds((0, 0)).await;
}

#[tokio::test]
async fn what_is_pushed_to_nobody_cannot_be_watched() {
    let house = house().await;
    let ann = house.app.anonymous();
    for resource in ["silent", "shaped"] {
        for payload in [json!({}), json!("a")] {
            let refused = ann.call(resource, "watch", payload).await;
            let error = refused.error();
            assert_eq!(
                (&error["code"], &error["reason"]),
                (&json!(405), &json!("not_pushed"))
            );
        }
    }
}

#[tokio::test]
async fn a_watch_asks_what_before_all_makes_of_it() {
    let house = house().await;
    desk(&house, "1", "red").await;
    desk(&house, "2", "blue").await;
    let ann = house.of_team("ann", "red").await;
    let watched = ann.call("desk", "watch", json!({})).await;
    assert_eq!(
        watched.result()["records"],
        json!([{ "id": "1", "team": "red" }])
    );
    desk(&house, "3", "blue").await;
    desk(&house, "4", "red").await;
    assert_eq!(house.brief(&ann).await, ["enter 4"]);
    let nobody = house.app.anonymous();
    let refused = nobody.call("desk", "watch", json!({})).await;
    assert_eq!(refused.error()["reason"], "no_desks");
    house.holds((1, 1)).await;
}

#[tokio::test]
async fn what_a_hook_lets_somebody_watch_follows_the_facts_it_asks_about() {
    let house = house().await;
    desk(&house, "1", "blue").await;
    let of = [
        ("ann", "red", "enter 1"),
        ("chief", "all", "leave red of ann"),
    ];
    for (user, team, expected) in of {
        let client = house.of_team(user, team).await;
        client.call("desk", "watch", json!({})).await.result();
        house.moves(user, "blue").await;
        let told = hears(&client).await;
        assert_eq!(brief(&told), expected);
        let watched = client.call("desk", "watch", json!({})).await;
        assert_eq!(
            watched.result()["records"],
            json!([{ "id": "1", "team": "blue" }])
        );
        let id = format!("red of {user}");
        desk(&house, &id, "red").await;
        assert_eq!(house.brief(&client).await, [""; 0]);
    }
}
