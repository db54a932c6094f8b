//! Clients that ask for more relatives than anybody should have: one clear answer each, at a bounded cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::support::counting::Counting;
use crate::support::store::{is_memory, store};

/// Has no relatives, and is not for everybody.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated)]
struct Alone {
    id: String,
}

/// Has as many relatives as there are names.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Knot {
    id: String,
    #[resource(parent = Knot, child = "a", children = "as_", on_destroy = detach)]
    a_id: Option<String>,
    #[resource(parent = Knot, child = "b", children = "bs", on_destroy = detach)]
    b_id: Option<String>,
}

/// A page of an album, of which no more than two are ever found.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Album, hooks)]
struct Leaf {
    id: String,
    #[resource(parent, children = "leaves")]
    album_id: String,
}

impl Hooks for Leaf {
    async fn before_all(_: &Cx, query: &mut sockful::Find<Self>) -> Result<()> {
        let asked = std::mem::replace(query, Self::query());
        *query = asked.limit(2);
        Ok(())
    }
}

/// Music whose store counts the rows that it has listed.
async fn counted() -> (TestApp, Arc<AtomicUsize>) {
    let (counting, _) = Counting::new(store());
    let listed = counting.listed();
    (music_on(counting).await, listed)
}

/// An album with so many songs of such a title.
async fn album(client: &TestClient, songs: usize, title: &str) {
    made(client, "album", json!({ "id": "Ill", "title": "" })).await;
    let songs: Vec<_> = (0..songs)
        .map(|track| json!({ "album_id": "Ill", "title": title, "track": track }))
        .collect();
    // As many as have room in one payload.
    for some in songs.chunks((200_000 / (title.len() + 100)).clamp(1, 1_000)) {
        made(client, "song", json!(some)).await;
    }
}

/// What is wrong with each part of a query.
fn codes(error: &Value) -> Vec<&str> {
    let errors = error["errors"].as_object();
    let errors = errors.into_iter().flat_map(|errors| errors.values());
    errors.filter_map(|it| it[0]["code"].as_str()).collect()
}

/// The largest includes that fit into a payload, and what is wrong with them.
fn largest() -> Vec<(Value, &'static str)> {
    let mut nested = json!({ "a": true });
    for _ in 0..25 {
        nested = json!({ "a": { "$include": nested } });
    }
    let named = |at: usize| format!("{at:x}");
    vec![
        (json!("a.".repeat(100_000) + "a"), "too_deep"),
        (json!(".".repeat(200_000)), "too_deep"),
        (json!(["a.".repeat(100_000)]), "too_deep"),
        (
            json!({ "b": { "$include": "a.".repeat(100_000) } }),
            "too_deep",
        ),
        (
            json!((0..25_000).map(named).collect::<Vec<_>>()),
            "too_many",
        ),
        (json!(vec!["a.b.a.b"; 20_000]), "too_many"),
        (
            Value::Object((0..15_000).map(|at| (named(at), json!(true))).collect()),
            "too_many",
        ),
        (nested, "too_deep"),
    ]
}

#[tokio::test]
async fn the_largest_includes_are_refused_by_one_clear_answer() {
    let app = support::app(|app| app.resource::<Knot>().resource::<Alone>()).await;
    let client = app.anonymous();
    made(&client, "knot", json!({ "id": "k" })).await;
    for (include, code) in largest() {
        let begin: String = include.to_string().chars().take(60).collect();
        for (action, payload) in [
            ("all", json!({ "$include": include })),
            ("get", json!({ "id": "k", "$include": include })),
        ] {
            let answer = client.call("knot", action, payload).await;
            let error = answer.error();
            assert_eq!(error["reason"], "invalid_query", "{action} {begin}");
            assert_eq!(codes(error), [code], "{action} {begin}");
        }
    }
}

#[tokio::test]
async fn who_may_not_call_at_all_is_answered_the_largest_includes_too() {
    let app = support::app(|app| app.resource::<Alone>()).await;
    let client = app.anonymous();
    for (include, _) in largest() {
        for (action, payload) in [
            ("all", json!({ "$include": include })),
            ("get", json!({ "id": "k", "$include": include })),
        ] {
            let answer = client.call("alone", action, payload).await;
            let code = &answer.error()["code"];
            assert!(code == 400 || code == 401, "{action}: {code}");
        }
    }
}

#[tokio::test]
async fn relations_are_counted_through_all_levels() {
    let names = ["a", "b", "as_", "bs"];
    let mut include = json!(names);
    for _ in 0..3 {
        let of_each = names.map(|name| (name.to_owned(), json!({ "$include": include })));
        include = Value::Object(of_each.into_iter().collect());
    }
    let app = support::app(|app| app.resource::<Knot>()).await;
    let client = app.anonymous();
    let answer = client
        .call("knot", "all", json!({ "$include": include }))
        .await;
    assert_eq!(codes(answer.error()), ["too_many"]);
}

#[tokio::test]
async fn what_is_included_again_counts_again() {
    let (app, listed) = counted().await;
    let client = app.anonymous();
    album(&client, 100, "").await;
    for include in [
        "album.songs",
        "album.songs.album",
        "album.songs.album.songs",
    ] {
        let before = listed.load(Ordering::SeqCst);
        let asked = json!({ "$include": include });
        assert_eq!(
            refused(&client, "song", "all", asked).await,
            json!([400, "include_too_large"]),
            "{include}"
        );
        // The songs, their album, and as many songs as there may be; one more tells that there are more.
        let rows = listed.load(Ordering::SeqCst) - before;
        assert!(rows <= 100 + 1 + 100, "{include}: {rows} rows");
    }
    // One song includes a hundred.
    let one = json!({ "track": 7, "$include": "album.songs.album" });
    let found = client.call("song", "all", one).await;
    let songs = found.result()[0]["album"]["songs"].as_array().unwrap();
    assert_eq!(songs.len(), 100);
    assert!(songs.iter().all(|song| song["album"]["id"] == "Ill"));
}

#[tokio::test]
async fn as_many_appearances_as_may_be_are_answered_and_not_one_more() {
    // Of three songs: their albums, the songs of these, their albums, and the songs of these.
    let appearances = 3 + 9 + 9 + 27;
    for (most, fits) in [(appearances, true), (appearances - 1, false)] {
        let mut config = sockful::Config::default();
        config.max_included = most;
        let app = music_with(|app| app.config(config)).await;
        let client = app.anonymous();
        album(&client, 3, "").await;
        let asked = json!({ "$include": "album.songs.album.songs" });
        let answer = client.call("song", "all", asked).await.to_json();
        assert_eq!(
            answer.to_string().matches("track").count() == 3 + 9 + 27,
            fits,
            "{answer}"
        );
        if !fits {
            assert_eq!(answer[0]["reason"], "include_too_large", "{answer}");
        }
    }
}

#[tokio::test]
async fn what_is_included_has_no_more_bytes_than_an_answer() {
    let (app, listed) = counted().await;
    let client = app.anonymous();
    album(&client, 100, &"x".repeat(200_000)).await;
    let before = listed.load(Ordering::SeqCst);
    let asked = json!({ "$include": "songs" });
    assert_eq!(
        refused(&client, "album", "all", asked).await,
        json!([400, "include_too_large"])
    );
    // The reference need not stop early.
    if !is_memory() {
        let rows = listed.load(Ordering::SeqCst) - before;
        assert!(rows < 10, "{rows} rows of 200 kB");
    }
    let asked = json!({ "$include": { "songs": { "$limit": 4 } } });
    let found = client.call("album", "all", asked).await;
    assert_eq!(found.result()[0]["songs"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn bytes_count_as_often_as_they_are_shown() {
    let app = music().await;
    let client = app.anonymous();
    let title = "x".repeat(100_000);
    made(&client, "album", json!({ "id": "Ill", "title": title })).await;
    for songs in 1..=20 {
        made(&client, "song", json!({ "album_id": "Ill", "title": "" })).await;
        // One record alone, of which ten are in no answer.
        let asked = json!({ "$include": "album" });
        let answer = client.call("song", "all", asked).await.to_json();
        match songs {
            ..=9 => assert_eq!(answer[1].as_array().unwrap().len(), songs),
            11.. => assert_eq!(answer[0]["reason"], "include_too_large", "{songs}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_limit_of_what_is_included_is_not_that_of_a_page() {
    let app = music().await;
    let client = app.anonymous();
    album(&client, 1_500, "").await;
    for (limit, expected) in [
        (json!(2_000), 1_500),
        (json!(1_200), 1_200),
        (json!(u64::MAX), 1_500),
    ] {
        let songs = json!({ "$limit": limit, "$select": ["track"] });
        let asked = json!({ "$include": { "songs": songs } });
        let found = client.call("album", "all", asked).await;
        let songs = found.result()[0]["songs"].as_array().unwrap();
        assert_eq!(songs.len(), expected, "{limit}");
    }
}

#[tokio::test]
async fn a_hook_that_limits_what_is_included_is_told_to_the_log() {
    let app = music_with(|app| app.resource::<Leaf>()).await;
    let client = app.anonymous();
    made(
        &client,
        "album",
        json!([{ "id": "a", "title": "" }, { "id": "b", "title": "" }]),
    )
    .await;
    for (at, album) in ["a", "b"].iter().enumerate() {
        made(
            &client,
            "leaf",
            json!({ "id": at.to_string(), "album_id": album }),
        )
        .await;
    }
    let asked = json!({ "$include": { "leaves": { "$limit": 9 } } });
    // It leaves none out.
    let found = client.call("album", "all", asked.clone()).await;
    let found = found.result().as_array().unwrap();
    assert!(
        found
            .iter()
            .all(|album| album["leaves"].as_array().unwrap().len() == 1)
    );
    made(&client, "leaf", json!({ "id": "2", "album_id": "b" })).await;
    for asked in [asked, json!({ "$include": "leaves" })] {
        let answer = client.call("album", "all", asked).await;
        assert_eq!(answer.error()["code"], 500, "{}", answer.error());
    }
}
