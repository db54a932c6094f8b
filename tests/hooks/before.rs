//! Hooks before a call: they see what is asked, change it, refuse it, or answer it.

use super::*;

#[tokio::test]
async fn a_hook_changes_the_record_that_is_created() {
    let (app, _) = cards(|app| app).await;
    let card = json!({ "id": "card", "title": " A ", "owner": "bob" });
    let created = app.login("ann").call("card", "create", card).await;
    assert_eq!(created.result()["title"], "A");
    assert_eq!(created.result()["owner"], "ann");
    let stored = app
        .app()
        .system()
        .get::<Card>(&"card".into())
        .await
        .unwrap();
    assert_eq!(stored.secret, "set by a hook");
}

#[tokio::test]
async fn each_record_of_a_batch_has_its_hook_and_a_refusal_names_its_place() {
    let (app, seen) = cards(|app| app).await;
    let ann = app.login("ann");
    let batch =
        |second: &str| json!([{ "id": "1", "title": " x " }, { "id": "2", "title": second }]);
    let refused = ann
        .call("card", "create", batch("before_create refuses"))
        .await;
    assert_eq!(refused.error()["reason"], "hooked");
    assert_eq!(count(&ann, "card").await, 0);
    seen.take();
    let made = ann.call("card", "create", batch(" y ")).await;
    assert_eq!(made.result()[1]["title"], "y");
    assert_eq!(seen.wait(4).await[..2], ["before_create", "before_create"]);
}

#[tokio::test]
async fn a_hook_sees_a_record_before_and_after_update_and_replace() {
    let (_, ann, _) = with_card("a").await;
    let updated = ann
        .call("card", "update", json!({ "id": "card", "title": "b" }))
        .await;
    assert_eq!(updated.result()["seen"], 1);
    let whole = json!({ "id": "card", "title": "c", "seen": 100 });
    let replaced = ann.call("card", "replace", whole).await;
    assert_eq!(replaced.result()["seen"], 2);
}

#[tokio::test]
async fn what_a_hook_refuses_is_not_done_and_its_error_is_told() {
    let (_, ann, _) = with_card("before_destroy refuses").await;
    let refused = ann.call("card", "destroy", json!("card")).await;
    assert_eq!(
        (&refused.error()["code"], &refused.error()["reason"]),
        (&json!(403), &json!("hooked"))
    );
    let update = json!({ "id": "card", "title": "before_update refuses" });
    assert_eq!(
        ann.call("card", "update", update).await.error()["reason"],
        "hooked"
    );
    let kept = ann.call("card", "get", json!("card")).await;
    assert_eq!(kept.result()["title"], "before_destroy refuses!");
    let create = json!({ "id": "2", "title": "before_create refuses" });
    assert_eq!(
        ann.call("card", "create", create).await.error()["reason"],
        "hooked"
    );
    assert_eq!(count(&ann, "card").await, 1);
}

#[tokio::test]
async fn a_hook_that_panics_is_an_error_of_the_server() {
    let (_, ann, _) = with_card("a").await;
    let update = json!({ "id": "card", "title": "before_update panics" });
    let failed = ann.call("card", "update", update).await;
    assert_eq!(failed.error()["code"], 500);
    assert!(!failed.error().to_string().contains("a hook panics"));
    assert_eq!(count(&ann, "card").await, 1);
}

#[tokio::test]
async fn an_answer_of_a_hook_is_that_of_the_call_and_nothing_is_done() {
    let (_, ann, seen) = with_card("a").await;
    let update = json!({ "id": "card", "title": "before_update answers" });
    let answered = ann.call("card", "update", update).await;
    assert_eq!(answered.result(), &json!({ "answered": "before_update" }));
    let create = json!({ "id": "2", "title": "before_create answers" });
    let answered = ann.call("card", "create", create).await;
    assert_eq!(answered.result(), &json!({ "answered": "before_create" }));
    assert_eq!(count(&ann, "card").await, 1);
    let card = ann.call("card", "get", json!("card")).await;
    assert_eq!(card.result()["title"], "a!");
    assert!(!seen.take().contains(&"after_update".to_owned()));
}

#[tokio::test]
async fn what_a_hook_writes_is_committed_with_the_call_or_not_at_all() {
    let (_, ann, _) = with_card("a").await;
    let update = json!({ "id": "card", "title": "before_update audits" });
    let done = ann.call("card", "update", update.clone()).await;
    let audit = ann.call("audit", "all", json!({})).await;
    assert_eq!(audit.result()[0]["about"], "before_update");
    assert_eq!(audit.meta()["revs"][0], done.meta()["rev"], "one commit");

    let options = json!({ "if_rev": 1 });
    let stale = ann.call_with("card", "update", update, options).await;
    assert_eq!(stale.error()["reason"], "stale");
    assert_eq!(count(&ann, "audit").await, 1);
}

#[tokio::test]
async fn a_query_is_restricted_for_lists_and_counts_alike() {
    let (app, _) = cards(|app| app).await;
    let ann = app.login("ann");
    for (id, title) in [("1", "shown"), ("2", "hidden"), ("3", "shown")] {
        ann.call("card", "create", json!({ "id": id, "title": title }))
            .await
            .result();
    }
    assert_eq!(count(&ann, "card").await, 2);
    let query =
        json!({ "title": { "$in": ["shown", "hidden"] }, "$sort": { "id": -1 }, "$limit": 1 });
    let page = ann.call("card", "all", query.clone()).await;
    assert_eq!(page.result()[0]["id"], "3");
    let mut rest = query;
    rest["$after"] = page.meta()["next"].clone();
    let page = ann.call("card", "all", rest).await;
    assert_eq!(page.result()[0]["id"], "1");
    assert_eq!(page.result().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn records_are_shown_as_hooks_shape_them_and_stored_as_they_were() {
    let (_, ann, _) = with_card("a").await;
    assert_eq!(
        ann.call("card", "get", json!("card")).await.result()["title"],
        "a!"
    );
    let all = ann
        .call("card", "all", json!({ "$select": ["title"] }))
        .await;
    assert_eq!(all.result(), &json!([{ "id": "card", "title": "a?" }]));
    let stored = ann.call("card", "update", json!({ "id": "card" })).await;
    assert_eq!(stored.result()["title"], "a");
}

#[tokio::test]
async fn a_record_that_is_not_there_has_no_hooks() {
    let (_, ann, seen) = with_card("a").await;
    for (action, payload) in [
        ("get", json!("missing")),
        ("update", json!({ "id": "missing", "title": "b" })),
        ("destroy", json!("missing")),
        ("raise", json!({ "id": "missing", "by": 1 })),
    ] {
        assert_eq!(ann.call("card", action, payload).await.error()["code"], 404);
    }
    assert_eq!(seen.take(), [""; 0]);
}

#[tokio::test]
async fn hooks_run_for_what_methods_and_the_app_itself_do() {
    let (app, seen) = cards(|app| app).await;
    let ann = app.login("ann");
    let pair = json!({ "first": " a ", "second": "before_create refuses" });
    assert_eq!(
        ann.call("card", "pair", pair).await.error()["reason"],
        "hooked"
    );
    assert_eq!(count(&ann, "card").await, 0);
    seen.take();
    let card = Card {
        id: "1".into(),
        title: " x ".into(),
        owner: None,
        seen: 0,
        secret: String::new(),
    };
    let created = app.app().system().create(card).await.unwrap();
    assert_eq!(created.title, "x");
    assert_eq!(seen.wait(2).await, ["before_create", "after_create"]);
}

#[tokio::test]
async fn creates_that_wait_for_each_other_see_each_other() {
    // Each hook counts what the creates before it have left.
    let (_, ann, _) = with_card("a").await;
    let create = |id: u8| {
        ann.emit(&[
            "card".into(),
            "create".into(),
            json!({ "id": id.to_string(), "title": "before_create audits" }),
        ])
    };
    let (first, second) = (create(1), create(2));
    first.await.result();
    second.await.result();
    let audits = ann.call("audit", "all", json!({})).await;
    let ids: Vec<_> = audits
        .result()
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert_eq!(ids, ["before_create 0", "before_create 1"]);
}
