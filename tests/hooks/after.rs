//! Hooks that follow a commit: apart from the answer, once, and only for what is done.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use super::*;

#[tokio::test]
async fn each_committed_change_is_followed_by_its_hook() {
    let (_, ann, seen) = with_card("a").await;
    ann.call("card", "update", json!({ "id": "card", "title": "b" }))
        .await
        .result();
    assert_eq!(
        seen.wait(3).await,
        ["before_update", "0 -> 1", "after_update"]
    );
    ann.call("card", "destroy", json!("card")).await.result();
    assert_eq!(seen.wait(2).await, ["before_destroy", "after_destroy"]);
}

#[tokio::test]
async fn a_method_that_changes_its_record_is_followed_as_well() {
    let (_, ann, seen) = with_card("a").await;
    ann.call("card", "raise", json!({ "id": "card", "by": 1 }))
        .await
        .result();
    let followed = seen.wait(4).await;
    assert_eq!(
        followed,
        ["before_remote", "0 -> 10", "after_update", "after raise"]
    );
}

#[tokio::test]
async fn what_is_made_within_one_call_is_followed_once_all_of_it_is_done() {
    let (app, seen) = cards(|app| app).await;
    let ann = app.login("ann");
    let pair = |second: &str| json!({ "first": "a", "second": second });
    let refused = ann
        .call("card", "pair", pair("before_create refuses"))
        .await;
    assert!(!refused.is_ok());
    ann.call("card", "pair", pair("b")).await.result();
    let followed = seen.wait(7).await;
    let creates = [
        "before_create",
        "before_create",
        "after_create",
        "after_create",
        "after pair",
    ];
    // Those of the refused call come before, and nothing follows them.
    assert_eq!(followed[followed.len() - 5..], creates);
    assert_eq!(
        followed
            .iter()
            .filter(|hook| *hook == "after_create")
            .count(),
        2
    );
}

#[tokio::test]
async fn an_operation_that_is_asked_again_is_not_followed_again() {
    let (app, seen) = cards(|app| app).await;
    let ann = app.login("ann");
    let create = async || {
        let options = json!({ "op": "1" });
        ann.call_with(
            "card",
            "create",
            json!({ "id": "card", "title": "a" }),
            options,
        )
        .await
    };
    create().await.result();
    assert!(create().await.is_replayed());
    ann.call("card", "destroy", json!("card")).await.result();
    let followed = seen.wait(4).await;
    assert_eq!(
        followed
            .iter()
            .filter(|hook| *hook == "after_create")
            .count(),
        1,
        "{followed:?}"
    );
}

#[tokio::test]
async fn a_failure_or_panic_of_a_hook_that_follows_changes_nothing() {
    for what in ["refuses", "panics", "answers"] {
        let (app, seen) = cards(|app| app).await;
        let ann = app.login("ann");
        let card = json!({ "id": "card", "title": format!("after_create {what}") });
        let created = ann.call("card", "create", card).await;
        assert_eq!(created.result()["id"], "card");
        assert_eq!(seen.wait(2).await, ["before_create", "after_create"]);
        assert_eq!(count(&ann, "card").await, 1);
    }
}

#[tokio::test]
async fn a_hook_that_follows_commits_what_it_writes_by_itself() {
    let (app, seen) = cards(|app| app).await;
    let ann = app.login("ann");
    ann.call(
        "card",
        "create",
        json!({ "id": "card", "title": "after_create audits" }),
    )
    .await
    .result();
    seen.wait(2).await;
    idle(&app).await;
    assert_eq!(count(&ann, "audit").await, 1);
}

#[tokio::test]
async fn the_answer_does_not_wait_for_what_follows() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let (app, _) = cards(|app| {
        app.after("card.create", move |_, _| {
            let opened = Arc::clone(&opened);
            async move {
                let _turn = opened.acquire().await;
                Ok(())
            }
        })
    })
    .await;
    let ann = app.login("ann");
    ann.call("card", "create", json!({ "id": "card", "title": "a" }))
        .await
        .result();
    assert_eq!(app.app().load().following, 1);
    gate.add_permits(1);
    idle(&app).await;
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_follows_for_too_long_is_ended() {
    let (app, _) = cards(|app| {
        app.after("audit.create", |_, _| async {
            std::future::pending().await
        })
    })
    .await;
    let client = app.anonymous();
    client
        .call("audit", "create", json!({ "id": "1", "about": "" }))
        .await
        .result();
    assert_eq!(app.app().load().following, 1);
    tokio::time::sleep(app.app().config().hook_timeout * 2).await;
    assert_eq!(app.app().load().following, 0);
}

#[tokio::test]
async fn a_shutdown_waits_for_what_follows() {
    let gate = Arc::new(Semaphore::new(0));
    let (opened, done) = (Arc::clone(&gate), Arc::new(AtomicBool::new(false)));
    let finished = Arc::clone(&done);
    let (app, _) = cards(|app| {
        app.after("audit.create", move |_, _| {
            let (opened, finished) = (Arc::clone(&opened), Arc::clone(&finished));
            async move {
                let _turn = opened.acquire().await;
                finished.store(true, Ordering::SeqCst);
                Ok(())
            }
        })
    })
    .await;
    let client = app.anonymous();
    client
        .call("audit", "create", json!({ "id": "1", "about": "" }))
        .await
        .result();
    let shutdown = tokio::spawn({
        let app = app.app().clone();
        async move { app.shutdown().await }
    });
    tokio::task::yield_now().await;
    gate.add_permits(1);
    shutdown.await.unwrap();
    assert!(done.load(Ordering::SeqCst));
}

#[tokio::test]
async fn hooks_that_cause_each_other_come_to_an_end() {
    let (app, seen) = cards(|app| {
        app.after("audit.create", |cx: Cx, call: HookedCall| async move {
            cx.state::<Seen>().push(call.action());
            Ok(())
        })
        .resource::<Echo>()
    })
    .await;
    let client = app.anonymous();
    client
        .call("echo", "create", json!({ "id": "e" }))
        .await
        .result();
    idle(&app).await;
    let echoes = client.call("echo", "count", json!({})).await;
    let echoes = echoes.result().as_u64().unwrap();
    assert!((2..=20).contains(&echoes), "{echoes}");
    assert_eq!(seen.take(), [""; 0]);
}

/// Each makes another.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Echo {
    id: String,
}

impl Hooks for Echo {
    async fn after_create(cx: &Cx, new: &Self) -> Result<()> {
        let id = format!("{}e", new.id);
        cx.create(Self { id }).await.map(drop)
    }
}
