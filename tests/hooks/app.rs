//! Hooks of the whole app: by resource, action or `*`, around those of the resource.

use super::*;

/// A hook that tells where it is and what it sees.
fn tell(place: &'static str) -> impl Fn(Cx, HookedCall) -> std::future::Ready<Result<()>> {
    move |cx, call| {
        let id = call.id::<String>().unwrap_or_default();
        let who = if call.is_from_client() {
            ""
        } else {
            " by Rust"
        };
        let seen = format!("{place} {}.{} {id}{who}", call.resource(), call.action());
        cx.state::<Seen>().push(seen);
        std::future::ready(Ok(()))
    }
}

#[tokio::test]
async fn patterns_name_a_resource_an_action_or_everything() {
    for (pattern, wanted) in [
        ("*", 4),
        ("card.*", 2),
        ("card", 2),
        ("*.create", 2),
        ("card.create", 1),
        ("audit.get", 1),
        ("card.raise", 0),
    ] {
        let (app, seen) = cards(|app| app.before(pattern, tell("before"))).await;
        let client = app.anonymous();
        for (resource, record) in [
            ("card", json!({ "id": "1", "title": "" })),
            ("audit", json!({ "id": "1", "about": "" })),
        ] {
            client.call(resource, "create", record).await.result();
            client.call(resource, "get", json!("1")).await.result();
        }
        let seen = seen
            .take()
            .into_iter()
            .filter(|it| it.starts_with("before "));
        assert_eq!(seen.count(), wanted, "{pattern}");
    }
}

#[tokio::test]
async fn hooks_of_the_app_come_first_and_last_in_their_order() {
    let (app, seen) = cards(|app| {
        app.before("card.update", tell("1"))
            .before("*", tell("2"))
            .after("card.update", tell("3"))
            .after("*", tell("4"))
    })
    .await;
    let ann = app.login("ann");
    ann.call("card", "create", json!({ "id": "card", "title": "" }))
        .await
        .result();
    seen.wait(4).await;
    ann.call("card", "update", json!({ "id": "card", "title": "b" }))
        .await
        .result();
    assert_eq!(
        seen.wait(7).await,
        [
            "1 card.update card",
            "2 card.update card",
            "before_update",
            "0 -> 1",
            "after_update",
            "3 card.update card",
            "4 card.update card",
        ]
    );
}

#[tokio::test]
async fn a_hook_of_the_app_refuses_or_answers() {
    let (app, _) = cards(|app| {
        app.before("*.create", async |cx: Cx, call: HookedCall| {
            match call.resource() {
                "audit" => Err(Error::forbidden("nobody writes audits").reason("closed")),
                _ => cx.answer("not today"),
            }
        })
    })
    .await;
    let client = app.anonymous();
    let refused = client
        .call("audit", "create", json!({ "id": "1", "about": "" }))
        .await;
    assert_eq!(refused.error()["reason"], "closed");
    let answered = client
        .call("card", "create", json!({ "id": "1", "title": "" }))
        .await;
    assert_eq!(answered.result(), "not today");
    assert_eq!(count(&client, "card").await, 0);
}

#[tokio::test]
async fn the_first_answer_counts_and_ends_the_chain() {
    let (app, seen) = cards(|app| {
        app.before("*", async |cx: Cx, _| cx.answer("first"))
            .before("*", async |cx: Cx, _| cx.answer("second"))
            .before("*", tell("never"))
    })
    .await;
    let answered = app.anonymous().call("card", "count", json!({})).await;
    assert_eq!(answered.result(), "first");
    assert_eq!(seen.take(), [""; 0]);
}

#[tokio::test]
async fn values_are_handed_to_later_hooks_and_methods_of_the_same_call_alone() {
    let (app, seen) = cards(|app| {
        app.before("card.*", async |cx: Cx, call: HookedCall| {
            let handed = cx.extension::<Note>().is_some();
            cx.state::<Seen>()
                .push(format!("{} {handed}", call.action()));
            cx.insert(Note("of the app"));
            Ok(())
        })
    })
    .await;
    let client = app.anonymous();
    client
        .call("card", "create", json!({ "id": "card", "title": "" }))
        .await
        .result();
    let handed = client
        .call("card", "raise", json!({ "id": "card", "by": 1 }))
        .await;
    // The hook of the resource comes later, and has the last word.
    assert_eq!(handed.result(), "before_remote");
    let apps: Vec<_> = seen
        .take()
        .into_iter()
        .filter(|it| it.ends_with("false"))
        .collect();
    assert_eq!(apps, ["create false", "raise false"]);
}

#[tokio::test]
async fn a_hook_does_not_see_the_calls_it_makes_itself() {
    let (app, seen) = cards(|app| {
        app.before("*", async |cx: Cx, call: HookedCall| {
            cx.state::<Seen>().push(call.action());
            cx.count(Audit::query()).await.map(drop)
        })
    })
    .await;
    app.anonymous()
        .call("audit", "all", json!({}))
        .await
        .result();
    assert_eq!(seen.take(), ["all"]);
}

#[tokio::test]
async fn calls_of_methods_are_seen_too() {
    let (app, seen) = cards(|app| app.before("card.*", tell("before"))).await;
    app.anonymous()
        .call("card", "first", json!({}))
        .await
        .result();
    let seen: Vec<_> = seen
        .take()
        .into_iter()
        .filter(|it| it.starts_with("before "))
        .collect();
    assert_eq!(seen, ["before card.first ", "before card.all  by Rust"]);
}

#[tokio::test]
async fn who_may_not_call_has_no_hooks() {
    let (app, seen) = cards(|app| app.resource::<Club>().before("*", tell("before"))).await;
    let refused = app.anonymous().call("club", "get", json!("1")).await;
    assert_eq!(refused.error()["code"], 401);
    assert_eq!(seen.take(), [""; 0]);
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated)]
struct Club {
    id: String,
}

#[tokio::test]
async fn a_pattern_that_names_nothing_is_refused() {
    let app = App::builder()
        .store(support::store())
        .resource::<Audit>()
        .before("cart.*", tell(""))
        .after("audit.creat", tell(""))
        .before("*.raise", tell(""));
    let problems: Vec<_> = app.build().await.unwrap_err().problems().collect();
    assert_eq!(
        problems,
        [
            "hooks: the pattern `cart.*` names the resource `cart`, which the app does not have",
            "hooks: the pattern `*.raise` names the action `raise`, which there is not",
            "hooks: the pattern `audit.creat` names the action `creat`, which there is not",
        ]
    );
}
