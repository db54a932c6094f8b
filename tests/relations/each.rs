//! At most so many children of each record: `$limit` within `$include`.

use std::sync::atomic::Ordering;

use sockful::store::FilterCap;

use super::*;
use crate::support::counting::Counting;
use crate::support::partly::Partly;
use crate::support::store;

struct User {
    id: String,
}

/// A line of a song, which only who has written it may read.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(parent = Song)]
#[policy(user = User, read(by == user.id), write(by == user.id))]
struct Line {
    id: String,
    #[resource(parent)]
    song_id: Id<Song>,
    by: String,
    number: u32,
}

/// Makes so many albums with so many songs each, whose tracks are counted from 0.
async fn albums(app: &TestApp, albums: u32, songs: u32) {
    let client = app.anonymous();
    let records: Vec<_> = (0..albums)
        .map(|album| json!({ "id": format!("{album:02}"), "title": "" }))
        .collect();
    made(&client, "album", json!(records)).await;
    let system = app.app().system();
    let all: Vec<_> = (0..albums * songs).collect();
    for some in all.chunks(1_000) {
        let mut changes = system.changeset();
        for number in some {
            changes = changes.create(Song {
                id: song(u64::from(*number)).parse().unwrap(),
                album_id: format!("{:02}", number % albums),
                title: String::new(),
                track: number / albums,
            });
        }
        changes.commit().await.unwrap();
    }
}

fn tracks(album: &Value) -> Vec<u64> {
    let songs = album["songs"].as_array().unwrap();
    songs
        .iter()
        .map(|it| it["track"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn five_of_two_hundred_children_of_a_hundred_parents_cost_one_read() {
    let (counting, asked) = Counting::new(store());
    let app = music_on(counting).await;
    albums(&app, 100, 200).await;
    let client = app.anonymous();
    for (order, expected) in [
        (json!({ "track": -1 }), [199, 198, 197, 196, 195]),
        (json!({ "track": 1 }), [0, 1, 2, 3, 4]),
        (json!({}), [0, 1, 2, 3, 4]),
    ] {
        let songs = json!({ "$limit": 5, "$sort": order, "$include": "notes" });
        let before = asked.load(Ordering::SeqCst);
        let found = client
            .call("album", "all", json!({ "$include": { "songs": songs } }))
            .await;
        // Albums, songs and notes.
        assert_eq!(asked.load(Ordering::SeqCst) - before, 3);
        let found = found.result().as_array().unwrap();
        assert_eq!(found.len(), 100);
        for album in found {
            assert_eq!(tracks(album), expected, "{album}");
        }
    }
    // What is answered counts, and not what there is.
    let of_each = |limit: usize| json!({ "$include": { "songs": { "$limit": limit, "$select": ["track"] } } });
    let found = client.call("album", "all", of_each(100)).await;
    let found = found.result().as_array().unwrap();
    assert!(found.iter().all(|album| tracks(album).len() == 100));
    assert_eq!(
        refused(&client, "album", "all", of_each(101)).await,
        json!([400, "include_too_large"])
    );
}

#[tokio::test]
async fn of_each_record_there_are_as_many_as_it_has_and_at_most_the_limit() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let more = json!([{ "id": "Paul", "title": "" }, { "id": "Hello", "title": "" }]);
    made(&client, "album", more).await;
    let shadrach = json!({ "id": song(3), "album_id": "Paul", "title": "Shadrach", "track": 7 });
    made(&client, "song", shadrach).await;
    for (limit, expected) in [
        (0, [&[][..], &[], &[]]),
        (1, [&[], &[1], &[7]]),
        (2, [&[], &[1, 2], &[7]]),
        (9, [&[], &[1, 2], &[7]]),
    ] {
        let include = json!({ "songs": { "$limit": limit, "$sort": { "track": 1 } } });
        let found = client
            .call("album", "all", json!({ "$include": include }))
            .await;
        let found: Vec<_> = found
            .result()
            .as_array()
            .unwrap()
            .iter()
            .map(tracks)
            .collect();
        assert_eq!(found, expected, "{limit}");
        let one = json!({ "id": "Ill", "$include": include });
        let one = client.call("album", "get", one).await;
        assert_eq!(tracks(one.result()), expected[1], "{limit}");
    }
    // A record has one parent, or none: a limit of it leaves either.
    for (limit, album) in [(1, json!({ "id": "Paul", "title": "" })), (0, Value::Null)] {
        let include = json!({ "album": { "$limit": limit } });
        let found = client.call("song", "get", json!({ "id": song(3), "$include": include }));
        assert_eq!(found.await.result()["album"], album);
    }
}

#[tokio::test]
async fn who_may_not_be_read_takes_nobodys_place() {
    let app = music_with(|app| {
        app.resource::<Line>()
            .user(async |_: Cx, id: String| Ok(Some(User { id })))
    })
    .await;
    ill(&app.anonymous()).await;
    let clients = ["ann", "bob"].map(|by| (by, app.login(by)));
    for number in 0..12 {
        let (by, client) = &clients[number % 2];
        let line = json!({ "id": format!("{number:02}"), "song_id": song(1 + number as u64 / 2 % 2), "by": by, "number": number });
        made(client, "line", line).await;
    }
    let include =
        json!({ "lines": { "$limit": 2, "$sort": { "number": -1 }, "number": { "$lt": 10 } } });
    for (at, (by, client)) in clients.iter().enumerate() {
        let found = client
            .call("song", "all", json!({ "$include": include }))
            .await;
        for (song, expected) in found
            .result()
            .as_array()
            .unwrap()
            .iter()
            .zip([[8, 4], [6, 2]])
        {
            let lines = song["lines"].as_array().unwrap();
            let numbers: Vec<_> = lines
                .iter()
                .map(|line| line["number"].as_u64().unwrap())
                .collect();
            assert_eq!(
                numbers,
                expected.map(|number| number + at as u64),
                "{by}: {song}"
            );
        }
    }
}

#[tokio::test]
async fn children_are_the_same_whatever_the_store_can_do() {
    // More songs than are kept before the first of each are told apart, and no room for more than these in the answer.
    let (songs, answered) = (300, 12);
    let exact = music().await;
    albums(&exact, 5, songs).await;
    for cap in [FilterCap::No, FilterCap::Inexact] {
        let (store, listed) = Partly::new(cap);
        let mut config = sockful::Config::default();
        config.max_included = answered;
        let app = App::builder()
            .store(store)
            .config(config)
            .resource::<Song>()
            .resource::<Album>()
            .resource::<Note>()
            .resource::<Critic>();
        let app = TestApp::new(app.build().await.unwrap());
        albums(&app, 5, songs).await;
        for songs in [
            json!({ "$limit": 2 }),
            json!({ "$limit": 2, "track": { "$gt": 3 } }),
            json!({ "$limit": 3, "$sort": { "track": -1 } }),
            json!({ "$limit": 3, "$sort": { "album_id": 1, "track": -1 } }),
            json!({ "$limit": 1, "$sort": { "title": 1, "track": 1 }, "track": { "$nin": [0, 1] } }),
            json!({ "$limit": 0 }),
        ] {
            let query = json!({ "id": { "$ne": "03" }, "$include": { "songs": songs } });
            let expected = exact.anonymous().call("album", "all", query.clone()).await;
            let found = app.anonymous().call("album", "all", query.clone()).await;
            assert_eq!(found.result(), expected.result(), "{cap:?} {query}");
        }
        assert!(listed.load(Ordering::Relaxed) > 0);
    }
}
