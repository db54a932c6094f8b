//! Relatives that are answered with the records: `$include`.

use super::*;

async fn all(client: &TestClient, resource: &str, query: Value) -> Value {
    client.call(resource, "all", query).await.result().clone()
}

#[tokio::test]
async fn children_and_parents_come_with_a_record() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    made(&client, "album", json!({ "id": "Paul", "title": "" })).await;
    let songs = all(&client, "song", json!({})).await;
    let albums = all(&client, "album", json!({ "$include": "songs" })).await;
    assert_eq!(
        albums,
        json!([
            { "id": "Ill", "title": "Ill Communication", "songs": songs },
            { "id": "Paul", "title": "", "songs": [] },
        ])
    );
    let found = all(
        &client,
        "song",
        json!({ "track": 2, "$select": ["title"], "$include": ["album"] }),
    )
    .await;
    let album = json!({ "id": "Ill", "title": "Ill Communication" });
    assert_eq!(
        found,
        json!([{ "id": song(2), "title": "Root Down", "album": album }])
    );
}

#[tokio::test]
async fn relatives_of_relatives_come_by_dotted_names() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let albums = all(
        &client,
        "album",
        json!({ "$include": ["songs.notes.critic", "songs"] }),
    )
    .await;
    let note = &albums[0]["songs"][0]["notes"][0];
    assert_eq!(
        (&note["text"], &note["critic"]),
        (&json!("loud"), &Value::Null)
    );
    assert_eq!(albums[0]["songs"][1]["notes"], json!([]));
}

#[tokio::test]
async fn each_has_a_query_of_its_own() {
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
    let include =
        json!({ "songs": { "$sort": { "track": -1 }, "$limit": 1, "$select": ["title"] } });
    let albums = all(&client, "album", json!({ "$include": include })).await;
    assert_eq!(
        albums[0]["songs"],
        json!([{ "id": song(2), "title": "Root Down" }])
    );
    assert_eq!(albums[1]["songs"][0]["title"], "Shadrach");
    let include =
        json!({ "songs": { "title": { "$startsWith": "Sure" }, "$include": { "notes": true } } });
    let albums = all(
        &client,
        "album",
        json!({ "id": "Ill", "$include": include }),
    )
    .await;
    assert_eq!(albums[0]["songs"][0]["notes"][0]["text"], "loud");
    assert_eq!(albums[0]["songs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_included_is_named() {
    let app = music().await;
    let client = app.anonymous();
    for (include, path, code) in [
        (json!("tracks"), "$include", "unknown_field"),
        (json!(["songs.lyrics"]), "$include[0]", "unknown_field"),
        (json!([7]), "$include[0]", "wrong_type"),
        (json!({ "songs": 7 }), "$include.songs", "wrong_type"),
        (
            json!({ "songs": { "$skip": 1 } }),
            "$include.songs.$skip",
            "not_included",
        ),
        (
            json!({ "songs": { "colour": 1 } }),
            "$include.songs.colour",
            "unknown_field",
        ),
        (
            json!({ "songs": { "$include": "x" } }),
            "$include.songs.$include",
            "unknown_field",
        ),
        (
            json!("songs.album.songs.album.songs"),
            "$include",
            "too_deep",
        ),
    ] {
        let answer = client
            .call("album", "all", json!({ "$include": include }))
            .await;
        let error = answer.error();
        assert_eq!(error["reason"], "invalid_query", "{include}");
        assert_eq!(error["errors"][path][0]["code"], code, "{include}: {error}");
    }
}

#[tokio::test]
async fn more_than_may_be_included_is_refused() {
    let mut config = sockful::Config::default();
    config.max_included = 2;
    let app = music_with(|app| app.config(config)).await;
    let client = app.anonymous();
    ill(&client).await;
    all(&client, "album", json!({ "$include": "songs" })).await;
    let too_many = json!({ "$include": ["songs.notes"] });
    assert_eq!(
        refused(&client, "album", "all", too_many).await,
        json!([400, "include_too_large"])
    );
}

#[tokio::test]
async fn one_record_comes_with_its_relatives_too() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let asked = json!({ "id": song(1), "$include": ["album", "notes"] });
    let found = client.call("song", "get", asked).await;
    let found = found.result();
    assert_eq!(
        (&found["album"]["id"], &found["notes"][0]["id"]),
        (&json!("Ill"), &json!("n"))
    );
    for (action, code) in [("get", "unknown_field"), ("destroy", "unknown_field")] {
        let answer = client
            .call(
                "song",
                action,
                json!({ "id": song(1), "$include": "tracks" }),
            )
            .await;
        assert_eq!(
            answer.error()["errors"]["$include"][0]["code"],
            code,
            "{action}"
        );
    }
}
