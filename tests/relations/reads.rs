//! How often the store is asked, and how much: relatives cost one read for each relation of each level.

use std::sync::atomic::Ordering;

use super::*;
use crate::support::counting::Counting;
use crate::support::store;

#[tokio::test]
async fn three_levels_for_a_hundred_parents_cost_three_reads() {
    let (counting, asked) = Counting::new(store());
    let app = music_on(counting).await;
    let client = app.anonymous();
    let albums: Vec<_> = (0..100)
        .map(|album| json!({ "id": format!("{album:02}"), "title": "" }))
        .collect();
    made(&client, "album", json!(albums)).await;
    let songs: Vec<_> = (0..300)
        .map(|number| json!({ "id": song(number), "album_id": format!("{:02}", number % 100), "title": "" }))
        .collect();
    let before = asked.load(Ordering::SeqCst);
    made(&client, "song", json!(songs)).await;
    // All parents at once, and the commit.
    assert_eq!(asked.load(Ordering::SeqCst) - before, 2);
    let notes: Vec<_> = (0..300)
        .map(|number| json!({ "id": number.to_string(), "song_id": song(number), "text": "" }))
        .collect();
    made(&client, "note", json!(notes)).await;
    let before = asked.load(Ordering::SeqCst);
    let found = client
        .call("album", "all", json!({ "$include": "songs.notes" }))
        .await;
    assert_eq!(asked.load(Ordering::SeqCst) - before, 3);
    let found = found.result().as_array().unwrap();
    assert_eq!(found.len(), 100);
    for album in found {
        let songs = album["songs"].as_array().unwrap();
        assert_eq!(songs.len(), 3);
        assert!(
            songs
                .iter()
                .all(|song| song["notes"].as_array().unwrap().len() == 1)
        );
    }
}

#[tokio::test]
async fn a_hundred_thousand_children_are_too_many_to_go_or_to_come_at_once() {
    let app = music().await;
    let client = app.anonymous();
    made(&client, "album", json!({ "id": "Ill", "title": "" })).await;
    let system = app.app().system();
    for _ in 0..100 {
        let mut songs = system.changeset();
        for _ in 0..1_000 {
            songs = songs.create(Song {
                id: Id::new(),
                album_id: "Ill".to_owned(),
                title: String::new(),
                track: 0,
            });
        }
        songs.commit().await.unwrap();
    }
    assert_eq!(
        refused(&client, "album", "destroy", json!("Ill")).await,
        json!([409, "too_many_children"])
    );
    let all = json!({ "$include": "songs" });
    assert_eq!(
        refused(&client, "album", "all", all).await,
        json!([400, "include_too_large"])
    );
    assert_eq!(count(&client, "song").await, 100_000);
    let page = client.call("album", "songs", json!("Ill")).await;
    assert_eq!(page.result().as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_move_below_more_ancestors_than_are_looked_at_is_refused() {
    let mut config = sockful::Config::default();
    config.max_tree_depth = 100;
    let app = music_with(|app| app.config(config)).await;
    let client = app.anonymous();
    made(&client, "folder", json!([{ "id": "0" }, { "id": "lost" }])).await;
    let deep: Vec<_> = (1..=100)
        .map(|at| json!({ "id": at.to_string(), "parent_id": (at - 1).to_string() }))
        .collect();
    made(&client, "folder", json!(deep)).await;
    let below = |parent: &str| json!({ "id": "lost", "parent_id": parent });
    assert_eq!(
        refused(&client, "folder", "update", below("100")).await,
        json!([409, "tree_too_deep"])
    );
    client.call("folder", "update", below("99")).await.result();
}
