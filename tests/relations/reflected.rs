//! What relations add to resources: `createSong`, `songs`, `getSong`, `byAlbum`, under these names and in `snake_case`.

use super::*;

#[tokio::test]
async fn create_song_makes_a_song_of_an_album() {
    let app = music().await;
    let client = app.anonymous();
    made(&client, "album", json!({ "id": "Ill", "title": "" })).await;
    for action in ["createSong", "create_song"] {
        let answer = client
            .call(
                "album",
                action,
                json!({ "album_id": "Ill", "title": action }),
            )
            .await;
        assert_eq!(answer.result()["album_id"], "Ill");
    }
    for unknown in [
        json!({ "album_id": "Paul", "title": "" }),
        json!([{ "album_id": "Paul", "title": "" }]),
    ] {
        assert_eq!(
            refused(&client, "album", "createSong", unknown).await,
            json!([404, "no_parent"])
        );
    }
    let lost = client
        .call("album", "createSong", json!({ "title": "" }))
        .await;
    assert_eq!(lost.error()["errors"]["album_id"][0]["code"], "required");
    assert_eq!(count(&client, "song").await, 2);
}

#[tokio::test]
async fn songs_and_by_album_find_the_songs_of_one_album() {
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
    for (resource, action) in [
        ("album", "songs"),
        ("song", "byAlbum"),
        ("song", "by_album"),
    ] {
        let titles = |found: &Value| -> Vec<String> {
            let found = found.as_array().unwrap().iter();
            found
                .map(|it| it["title"].as_str().unwrap().to_owned())
                .collect()
        };
        let found = client.call(resource, action, json!("Ill")).await;
        assert_eq!(
            titles(found.result()),
            ["Sure Shot", "Root Down"],
            "{resource}.{action}"
        );
        let query = json!({ "album_id": "Ill", "$sort": { "track": -1 }, "$limit": 1 });
        let found = client.call(resource, action, query).await;
        assert_eq!(titles(found.result()), ["Root Down"]);
        let query = json!({ "album_id": "Ill", "$sort": { "track": -1 }, "$limit": 1, "$after": found.meta()["next"] });
        assert_eq!(
            titles(client.call(resource, action, query).await.result()),
            ["Sure Shot"]
        );
        assert_eq!(
            *client.call(resource, action, json!("Hello")).await.result(),
            json!([])
        );
        for no_parent in [
            json!({}),
            json!({ "album_id": { "$ne": "Ill" } }),
            json!({ "album_id": null }),
        ] {
            let answer = client.call(resource, action, no_parent).await;
            assert_eq!(answer.error()["errors"]["album_id"][0]["code"], "required");
        }
    }
}

#[tokio::test]
async fn get_song_finds_a_song_within_its_album() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    for action in ["getSong", "get_song"] {
        let found = client
            .call("album", action, json!({ "id": song(1), "album_id": "Ill" }))
            .await;
        assert_eq!(found.result()["title"], "Sure Shot");
        for lost in [
            json!({ "id": song(1), "album_id": "Paul" }),
            json!({ "id": song(9), "album_id": "Ill" }),
        ] {
            let answer = client.call("album", action, lost).await;
            assert_eq!(
                *answer.error(),
                *client.call("song", "get", json!(song(9))).await.error()
            );
        }
        let answer = client.call("album", action, json!({ "id": song(1) })).await;
        assert_eq!(answer.error()["errors"]["album_id"][0]["code"], "required");
    }
}

#[tokio::test]
async fn whatever_a_reflected_action_is_given_it_answers() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    for (resource, action) in [
        ("album", "createSong"),
        ("album", "songs"),
        ("album", "getSong"),
        ("song", "byAlbum"),
    ] {
        for payload in [
            Value::Null,
            json!(true),
            json!(7),
            json!([7]),
            json!({}),
            json!({ "album_id": [] }),
            json!({ "album_id": {}, "id": {}, "title": {} }),
            json!({ "album_id": 7, "id": song(1), "title": "" }),
        ] {
            let answer = client.call(resource, action, payload.clone()).await;
            let code = answer.error()["code"].as_u64().unwrap();
            assert!(
                [400, 422].contains(&code),
                "{resource}.{action} {payload}: {code}"
            );
        }
        client.send(&[resource.into(), action.into(), Value::Null]);
        client.send(&[resource.into(), action.into()]);
    }
    assert_eq!(count(&client, "song").await, 2);
}

#[tokio::test]
async fn what_only_looks_like_a_reflected_action_is_unknown() {
    let app = music().await;
    let client = app.anonymous();
    for (resource, action) in [
        ("album", "createNote"),
        ("album", "createAlbum"),
        ("album", "CreateSong"),
        ("album", "createsong"),
        ("album", "getMaxListeners"),
        ("album", "getAlbum"),
        ("album", "byAlbum"),
        ("album", "song"),
        ("song", "createSong"),
        ("song", "songs"),
        ("song", "byTitle"),
        ("song", "album"),
    ] {
        let told = refused(&client, resource, action, json!({ "album_id": "Ill" })).await;
        assert_eq!(told, json!([405, "unknown_action"]), "{resource}.{action}");
    }
}

#[tokio::test]
async fn names_may_be_chosen() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    client
        .call(
            "album",
            "createAward",
            json!({ "id": "p", "won_by": "Ill" }),
        )
        .await
        .result();
    let found = client.call("album", "awards", json!("Ill")).await;
    assert_eq!(*found.result(), json!([{ "id": "p", "won_by": "Ill" }]));
    let found = client.call("folder", "byParent", json!("root")).await;
    assert_eq!(*found.result(), json!([]));
}

#[tokio::test]
async fn hooks_see_the_action_of_the_child() {
    use std::sync::{Arc, Mutex};
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let app = music_with(|app| {
        app.before("*", move |_, call: sockful::HookedCall| {
            log.lock()
                .unwrap()
                .push(format!("{}.{}", call.resource(), call.action()));
            std::future::ready(Ok(()))
        })
    })
    .await;
    let client = app.anonymous();
    made(&client, "album", json!({ "id": "Ill", "title": "" })).await;
    client
        .call(
            "album",
            "createSong",
            json!({ "album_id": "Ill", "title": "" }),
        )
        .await
        .result();
    client.call("album", "songs", json!("Ill")).await.result();
    assert_eq!(
        *seen.lock().unwrap(),
        ["album.create", "song.create", "song.all"]
    );
}
