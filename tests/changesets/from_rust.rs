//! `cx.changeset()`.

use super::*;

#[tokio::test]
async fn rust_commits_several_mutations_together() {
    let app = bank().await;
    let ann = app.login("ann");
    let transfer = |to: &str, cents: i64| json!({ "from": "a", "to": to, "cents": cents });
    ann.call("account", "transfer", transfer("b", 30))
        .await
        .result();
    assert_eq!(cents(&app).await, json!([70, 30, 0]));
    // On behalf of the caller, with hooks and policies.
    assert_eq!(
        ann.call("account", "transfer", transfer("c", 30))
            .await
            .error()["reason"],
        "policy"
    );
    assert_eq!(
        ann.call("account", "transfer", transfer("b", 300))
            .await
            .error()["reason"],
        "overdrawn"
    );
    assert_eq!(cents(&app).await, json!([70, 30, 0]));
    let entries = ann.call("entry", "count", json!({})).await;
    assert_eq!(entries.result(), 1);
}

#[tokio::test]
async fn rust_states_preconditions() {
    let app = bank().await;
    let cx = app.app().system();
    let (a, b) = ("a".to_owned(), "b".to_owned());
    let stale = cx
        .changeset()
        .destroy::<Account>(&a)
        .destroy::<Account>(&b)
        .if_rev(1)
        .commit()
        .await;
    assert_eq!(stale.unwrap_err().reason_text(), "stale");
    let rev = app
        .login("ann")
        .call("account", "get", json!("b"))
        .await
        .meta()["rev"]
        .as_u64()
        .unwrap();
    let done = cx
        .changeset()
        .destroy::<Account>(&a)
        .destroy::<Account>(&b)
        .if_rev(rev);
    done.commit().await.unwrap();
    assert_eq!(cents(&app).await, json!([0]));
}
