//! Trees of many levels: everything that walks one is bounded, and says so.

use super::*;

/// As many levels as there may be above a record that moves.
const LEVELS: usize = 1_000;

/// Folders from `0`, the root, each within the one before it.
async fn chain(client: &TestClient, levels: usize) {
    made(client, "folder", json!({ "id": "0" })).await;
    let below: Vec<_> = (1..levels).map(|at| folder(at, at - 1)).collect();
    for batch in below.chunks(1_000) {
        made(client, "folder", json!(batch)).await;
    }
}

fn folder(id: usize, parent: usize) -> Value {
    json!({ "id": id.to_string(), "parent_id": parent.to_string() })
}

#[tokio::test]
async fn a_record_moves_below_a_thousand_others_and_not_below_more() {
    let app = music().await;
    let client = app.anonymous();
    chain(&client, LEVELS + 1).await;
    made(&client, "folder", json!({ "id": "lost" })).await;
    let below = |parent: usize| json!({ "id": "lost", "parent_id": parent.to_string() });
    assert_eq!(
        refused(&client, "folder", "update", below(LEVELS)).await,
        json!([409, "tree_too_deep"])
    );
    let moved = client.call("folder", "update", below(LEVELS - 1)).await;
    assert_eq!(moved.result()["parent_id"], (LEVELS - 1).to_string());
    // No record leads past itself, however far below.
    let round = folder(0, LEVELS - 1);
    assert_eq!(
        refused(&client, "folder", "update", round).await,
        json!([409, "cycle"])
    );
    // What is at the top moves as it is.
    made(&client, "folder", json!({ "id": "top" })).await;
    let moved = client
        .call("folder", "update", json!({ "id": "0", "parent_id": "top" }))
        .await;
    assert_eq!(moved.result()["parent_id"], "top");
}

#[tokio::test]
async fn a_thousand_levels_go_in_one_commit() {
    let app = music().await;
    let client = app.anonymous();
    chain(&client, LEVELS).await;
    made(&client, "folder", json!({ "id": "other" })).await;
    let middle = (LEVELS / 2).to_string();
    client
        .call("folder", "destroy", json!(middle))
        .await
        .result();
    assert_eq!(count(&client, "folder").await, LEVELS / 2 + 1);
    client.call("folder", "destroy", json!("0")).await.result();
    let left = client.call("folder", "all", json!({})).await;
    assert_eq!(
        *left.result(),
        json!([{ "id": "other", "parent_id": null }])
    );
}

#[tokio::test]
async fn levels_count_for_how_much_goes_at_once() {
    let mut config = sockful::Config::default();
    config.max_cascade = 50;
    let app = music_with(|app| app.config(config)).await;
    let client = app.anonymous();
    chain(&client, 52).await;
    assert_eq!(
        refused(&client, "folder", "destroy", json!("0")).await,
        json!([409, "too_many_children"])
    );
    assert_eq!(count(&client, "folder").await, 52);
    client.call("folder", "destroy", json!("1")).await.result();
    assert_eq!(count(&client, "folder").await, 1);
}

#[tokio::test]
async fn an_include_goes_as_deep_as_it_says() {
    let app = music().await;
    let client = app.anonymous();
    chain(&client, LEVELS).await;
    let within = json!({ "id": "0", "$include": "folders.folders.folders.folders" });
    let mut found = client.call("folder", "get", within).await.result().clone();
    for at in 0..5 {
        assert_eq!(found["id"], at.to_string());
        found = found["folders"][0].clone();
    }
    // The last was not asked for its own.
    assert_eq!(found, Value::Null);
    let deeper = json!({ "id": "0", "$include": "folders.folders.folders.folders.folders" });
    let answer = client.call("folder", "get", deeper).await;
    assert_eq!(answer.error()["errors"]["$include"][0]["code"], "too_deep");
}
