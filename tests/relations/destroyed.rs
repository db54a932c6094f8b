//! What becomes of children when their parent is destroyed.

mod bounds;

use sockful::store::{Entry, Store};

use super::*;
use crate::support::counting::Counting;

#[tokio::test]
async fn children_go_with_their_parent_and_theirs_with_them() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    made(&client, "album", json!({ "id": "Paul", "title": "" })).await;
    made(
        &client,
        "song",
        json!({ "album_id": "Paul", "title": "Shadrach" }),
    )
    .await;
    client.call("album", "destroy", json!("Ill")).await.result();
    let left = client.call("song", "all", json!({})).await;
    assert_eq!(left.result()[0]["title"], "Shadrach");
    assert_eq!(
        [count(&client, "song").await, count(&client, "note").await],
        [1, 0]
    );
}

#[tokio::test]
async fn children_of_an_optional_parent_lose_it() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    made(&client, "critic", json!({ "id": 7, "name": "Ann" })).await;
    client
        .call("note", "update", json!({ "id": "n", "critic_id": 7 }))
        .await
        .result();
    client.call("critic", "destroy", json!(7)).await.result();
    let note = client.call("note", "get", json!("n")).await;
    assert_eq!(note.result()["critic_id"], Value::Null);
}

#[tokio::test]
async fn children_may_keep_their_parent_from_going() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    made(&client, "prize", json!({ "id": "p", "won_by": "Ill" })).await;
    assert_eq!(
        refused(&client, "album", "destroy", json!("Ill")).await,
        json!([409, "restricted"])
    );
    assert_eq!(
        [count(&client, "album").await, count(&client, "song").await],
        [1, 2]
    );
    client.call("prize", "destroy", json!("p")).await.result();
    client.call("album", "destroy", json!("Ill")).await.result();
}

#[tokio::test]
async fn a_tree_of_one_resource_goes_as_a_whole() {
    let app = music().await;
    let client = app.anonymous();
    made(&client, "folder", json!([{ "id": "0" }, { "id": "other" }])).await;
    let deep: Vec<_> = (1..1_000)
        .map(|at| json!({ "id": at.to_string(), "parent_id": (at - 1).to_string() }))
        .collect();
    made(&client, "folder", json!(deep)).await;
    client.call("folder", "destroy", json!("0")).await.result();
    assert_eq!(count(&client, "folder").await, 1);
}

#[tokio::test]
async fn each_record_that_goes_or_loses_its_parent_is_one_change_of_one_commit() {
    let (counting, _) = Counting::new(support::store());
    let below = counting.below();
    let app = music_on(counting).await;
    let client = app.anonymous();
    ill(&client).await;
    made(&client, "critic", json!({ "id": 7, "name": "Ann" })).await;
    let note = json!({ "id": "m", "song_id": song(2), "critic_id": 7, "text": "" });
    made(&client, "note", note).await;
    let before = below.log().await.unwrap().to;
    client.call("critic", "destroy", json!(7)).await.result();
    client.call("album", "destroy", json!("Ill")).await.result();
    let changes = |entry: &Entry| -> Vec<_> {
        let changes = entry.changes.iter();
        changes
            .map(|it| (it.schema.name, it.new.is_some()))
            .collect()
    };
    let log = below.since(before, 100).await.unwrap();
    let [critic, album] = &log[..] else {
        panic!("two commits, not {log:?}")
    };
    assert_eq!(changes(critic), [("note", true), ("critic", false)]);
    // Children before their parents.
    let gone = ["note", "note", "song", "song", "album"].map(|name| (name, false));
    assert_eq!(changes(album), gone);
}

#[tokio::test]
async fn what_the_same_commit_has_moved_away_stays() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let commit = json!([
        ["album", "create", { "id": "Paul", "title": "" }],
        ["song", "update", { "id": song(1), "album_id": "Paul" }],
        ["song", "create", { "album_id": "Ill", "title": "new" }],
        ["album", "destroy", "Ill"],
    ]);
    client.call("sockful", "commit", commit).await.result();
    let left = client.call("song", "all", json!({})).await;
    assert_eq!(left.result().as_array().unwrap().len(), 1);
    assert_eq!(left.result()[0]["title"], "Sure Shot");
    assert_eq!(count(&client, "note").await, 1);
}

#[tokio::test]
async fn a_parent_that_the_same_commit_makes_anew_has_new_children() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let commit = json!([
        ["album", "destroy", "Ill"],
        ["album", "create", { "id": "Ill", "title": "again" }],
        ["album", "createSong", { "album_id": "Ill", "title": "new" }],
    ]);
    client.call("sockful", "commit", commit).await.result();
    let songs = client.call("album", "songs", json!("Ill")).await;
    assert_eq!(songs.result().as_array().unwrap().len(), 1);
    assert_eq!(songs.result()[0]["title"], "new");
    let album = client.call("album", "get", json!("Ill")).await;
    assert_eq!(album.result()["title"], "again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_child_is_left_behind_by_those_who_write_at_once() {
    let app = music().await;
    let seed = app.anonymous();
    for round in 0..20 {
        let album = format!("album {round}");
        made(&seed, "album", json!({ "id": album, "title": "" })).await;
        let writers = (0..8).map(|_| {
            let (client, album) = (app.anonymous(), album.clone());
            tokio::spawn(async move {
                for _ in 0..5 {
                    client
                        .call("song", "create", json!({ "album_id": album, "title": "" }))
                        .await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let destroyed = seed.call("album", "destroy", json!(album)).await;
        assert_eq!(destroyed.result()["id"], json!(album));
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(count(&seed, "song").await, 0);
    }
}
