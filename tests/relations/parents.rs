//! A parent must be there, and visible; a record is never among its own descendants.

use super::*;

#[tokio::test]
async fn a_child_needs_a_parent_that_is_there() {
    let app = music().await;
    let client = app.anonymous();
    let orphan = json!({ "album_id": "Ill", "title": "Sure Shot" });
    let answer = client.call("song", "create", orphan.clone()).await;
    let error = answer.error();
    assert_eq!(
        (&error["code"], &error["reason"]),
        (&json!(404), &json!("no_parent"))
    );
    assert_eq!(error["errors"]["album_id"][0]["code"], "no_parent");
    assert_eq!(count(&client, "song").await, 0);
    made(&client, "album", json!({ "id": "Ill", "title": "" })).await;
    made(&client, "song", orphan).await;
    assert_eq!(count(&client, "song").await, 1);
}

#[tokio::test]
async fn of_a_batch_each_needs_its_parent_and_the_one_without_is_named() {
    let app = music().await;
    let client = app.anonymous();
    made(&client, "album", json!({ "id": "Ill", "title": "" })).await;
    let song = |album: &str| json!({ "album_id": album, "title": "" });
    let answer = client
        .call("song", "create", json!([song("Ill"), song("Paul")]))
        .await;
    assert_eq!(
        (&answer.error()["reason"], &answer.error()["item"]),
        (&json!("no_parent"), &json!(1))
    );
    assert_eq!(count(&client, "song").await, 0);
}

#[tokio::test]
async fn a_child_moves_by_an_update_to_a_parent_that_is_there() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let moved = json!({ "id": song(1), "album_id": "Paul" });
    assert_eq!(
        refused(&client, "song", "update", moved.clone()).await,
        json!([404, "no_parent"])
    );
    made(&client, "album", json!({ "id": "Paul", "title": "" })).await;
    let answer = client.call("song", "update", moved).await;
    assert_eq!(answer.result()["album_id"], "Paul");
    assert_eq!(
        client
            .call("album", "songs", json!("Ill"))
            .await
            .result()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_optional_parent_may_be_absent() {
    let app = music().await;
    let client = app.anonymous();
    ill(&client).await;
    let by = |critic: Value| json!({ "id": "n", "critic_id": critic });
    assert_eq!(
        refused(&client, "note", "update", by(json!(7))).await,
        json!([404, "no_parent"])
    );
    made(&client, "critic", json!({ "id": 7, "name": "Ann" })).await;
    assert_eq!(
        client.call("note", "update", by(json!(7))).await.result()["critic_id"],
        7
    );
    assert_eq!(
        client
            .call("note", "update", by(Value::Null))
            .await
            .result()["critic_id"],
        Value::Null
    );
}

#[tokio::test]
async fn nothing_is_its_own_ancestor() {
    let app = music().await;
    let client = app.anonymous();
    made(&client, "folder", json!({ "id": "a" })).await;
    made(
        &client,
        "folder",
        json!([{ "id": "b", "parent_id": "a" }, { "id": "c", "parent_id": "b" }]),
    )
    .await;
    for (id, parent) in [("a", "a"), ("a", "b"), ("a", "c"), ("b", "c")] {
        let moved = json!({ "id": id, "parent_id": parent });
        assert_eq!(
            refused(&client, "folder", "update", moved).await,
            json!([409, "cycle"]),
            "{id} {parent}"
        );
    }
    let moved = json!({ "id": "c", "parent_id": "a" });
    assert_eq!(
        client.call("folder", "update", moved).await.result()["parent_id"],
        "a"
    );
    let own = json!({ "id": "d", "parent_id": "d" });
    assert_eq!(
        refused(&client, "folder", "create", own).await,
        json!([404, "no_parent"])
    );
}

#[tokio::test]
async fn parent_and_child_are_made_in_one_commit() {
    let app = music().await;
    let client = app.anonymous();
    let album = json!(["album", "create", { "id": "Ill", "title": "" }]);
    let child = json!(["song", "create", { "album_id": "Ill", "title": "" }]);
    assert_eq!(
        refused(&client, "sockful", "commit", json!([child, album])).await,
        json!([404, "no_parent"])
    );
    client
        .call("sockful", "commit", json!([album, child]))
        .await
        .result();
    assert_eq!(count(&client, "song").await, 1);
}
