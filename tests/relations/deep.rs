//! Trees of many levels: everything that walks one is bounded, and says so.

use std::sync::atomic::Ordering;

use super::*;
use crate::support::counting::Counting;
use crate::support::store;

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

/// A crate in a crate.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Crate, hooks)]
struct Crate {
    id: String,
    #[resource(parent, on_destroy = cascade, children = "crates")]
    parent_id: Option<String>,
    end: End,
}

/// What becomes of something else when a crate goes.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum End {
    Silent,
    /// A receipt says so.
    Receipted,
    /// The folder `0` goes too.
    Filed,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Receipt {
    id: String,
}

impl Hooks for Crate {
    async fn before_destroy(cx: &Cx, old: &Self) -> Result<()> {
        let id = old.id.clone();
        match old.end {
            End::Silent => Ok(()),
            End::Receipted => cx.create(Receipt { id }).await.map(drop),
            End::Filed => cx.destroy::<Folder>(&"0".to_owned()).await.map(drop),
        }
    }
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
async fn hooks_that_write_elsewhere_cost_no_reads_of_the_tree() {
    const CRATES: usize = 100;
    let mut reads = Vec::new();
    for end in ["silent", "receipted"] {
        let (counting, asked) = Counting::new(store());
        let app = App::builder()
            .store(counting)
            .resource::<Crate>()
            .resource::<Receipt>();
        let app = TestApp::new(app.build().await.expect("crates make an app"));
        let client = app.anonymous();
        let crates: Vec<_> = (0..CRATES)
            .map(|at| {
                let parent = at.checked_sub(1).map(|at| at.to_string());
                json!({ "id": at.to_string(), "parent_id": parent, "end": end })
            })
            .collect();
        made(&client, "crate", json!(crates)).await;
        let before = asked.load(Ordering::SeqCst);
        client.call("crate", "destroy", json!("0")).await.result();
        reads.push(asked.load(Ordering::SeqCst) - before);
        let receipts = if end == "silent" { 0 } else { CRATES };
        assert_eq!(count(&client, "receipt").await, receipts);
    }
    // Each receipt has a look whether its id is free.
    assert_eq!(reads[1] - CRATES, reads[0]);
}

#[tokio::test]
async fn what_hooks_destroy_elsewhere_counts_for_how_much_goes_at_once() {
    for (folders, fits) in [(3, true), (4, false)] {
        let mut config = sockful::Config::default();
        config.max_cascade = 3;
        let app = music_with(|app| app.config(config).resource::<Crate>()).await;
        let client = app.anonymous();
        chain(&client, folders).await;
        made(&client, "crate", json!({ "id": "0", "end": "silent" })).await;
        let inner = json!({ "id": "1", "parent_id": "0", "end": "filed" });
        made(&client, "crate", inner).await;
        let destroyed = client.call("crate", "destroy", json!("0")).await;
        let left = [
            count(&client, "crate").await,
            count(&client, "folder").await,
        ];
        if fits {
            destroyed.result();
            assert_eq!(left, [0, 0]);
        } else {
            assert_eq!(destroyed.error()["reason"], "too_many_children");
            assert_eq!(left, [2, folders]);
        }
    }
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
