//! Ids: taken, missing, odd.

use super::*;

#[tokio::test]
async fn an_existing_id_is_a_conflict_and_the_record_stays() {
    let pair = pair().await;
    let mut exists = error(409, "Conflict", "exists", "a creature with this id exists");
    exists["errors"] = json!({ "id": [{ "code": "exists", "message": "exists" }] });
    pair.refuses(
        json!(["creature", "create", { "id": "bob", "name": "Impostor" }]),
        exists,
    )
    .await;
}

#[tokio::test]
async fn an_array_with_an_existing_id_leaves_nothing_behind() {
    let pair = pair().await;
    for (place, batch) in [
        json!([{ "id": "bob", "name": "B" }, { "id": "ann", "name": "A" }]),
        json!([{ "id": "ann", "name": "A" }, { "id": "bob", "name": "B" }]),
        json!([{ "id": "ann", "name": "A" }, { "id": "ann", "name": "Again" }]),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = pair.client.call("creature", "create", batch).await;
        let answer = answer.error();
        assert_eq!(
            (&answer["code"], &answer["reason"]),
            (&json!(409), &json!("exists")),
            "{place}"
        );
        pair.unharmed().await;
    }
}

#[tokio::test]
async fn an_array_with_one_mistake_leaves_nothing_behind() {
    let pair = pair().await;
    let batch = json!([{ "id": "ann", "name": "A" }, { "id": "cy", "name": 5 }, 7]);
    let answer = pair.client.call("creature", "create", batch).await;
    assert!(!answer.is_ok(), "{answer:?}");
    pair.unharmed().await;
    let batch = json!([{ "id": "ann", "name": "A" }, { "id": "cy", "name": 5, "tags": [1] }]);
    let wrong = invalid(&[
        ("[1].name", "wrong_type", "expected text, found 5"),
        ("[1].tags[0]", "wrong_type", "expected text, found 1"),
    ]);
    pair.refuses(json!(["creature", "create", batch]), wrong)
        .await;
}

#[tokio::test]
async fn an_array_of_too_many_is_refused_before_it_is_read() {
    let pair = pair().await;
    let batch: Vec<_> = (0..1_001).map(|_| json!({ "name": 5 })).collect();
    let refused = error(
        400,
        "BadRequest",
        "batch_too_large",
        "at most 1000 records are created at once",
    );
    pair.refuses(json!(["creature", "create", batch]), refused)
        .await;
}

#[tokio::test]
async fn what_is_not_there_is_never_made_by_changing_it() {
    let pair = pair().await;
    let missing = error(404, "NotFound", "not_found", "there is no such creature");
    for id in [
        "zoe",
        "__proto__",
        "constructor",
        "bob/",
        "BOB",
        " bob",
        "bob\u{1}",
        "b\u{f6}b",
    ] {
        for (action, payload) in [
            ("get", json!(id)),
            ("get", json!({ "id": id })),
            ("update", json!({ "id": id, "hunger": 1 })),
            ("replace", json!({ "id": id, "name": "Zoe" })),
            ("destroy", json!(id)),
            ("feed", json!({ "id": id, "food": "a pear" })),
        ] {
            pair.refuses(json!(["creature", action, payload]), missing.clone())
                .await;
        }
    }
}

#[tokio::test]
async fn an_id_that_is_missing_or_empty_is_told() {
    let pair = pair().await;
    for action in ["get", "destroy", "update", "replace", "feed"] {
        let required = invalid(&[("id", "required", "is required")]);
        let payload = if action == "feed" {
            json!({ "food": "x" })
        } else {
            json!({})
        };
        pair.refuses(json!(["creature", action, payload]), required)
            .await;
        let empty = invalid(&[("id", "required", "must not be empty")]);
        let payload = if action == "feed" {
            json!({ "id": "", "food": "x" })
        } else {
            json!({ "id": "" })
        };
        pair.refuses(json!(["creature", action, payload]), empty)
            .await;
    }
    let empty = invalid(&[("id", "required", "must not be empty")]);
    pair.refuses(
        json!(["creature", "create", { "id": "", "name": "Cy" }]),
        empty,
    )
    .await;
}

#[tokio::test]
async fn an_id_of_a_wrong_type_is_told() {
    let pair = pair().await;
    for (id, found) in [
        (json!(5), "5"),
        (json!(true), "true"),
        (json!(null), "null"),
        (json!(["bob"]), "a list"),
        (json!({ "id": "bob" }), "an object"),
    ] {
        let wrong = invalid(&[("id", "wrong_type", &format!("expected text, found {found}"))]);
        for action in ["get", "destroy", "update", "replace"] {
            pair.refuses(json!(["creature", action, { "id": id }]), wrong.clone())
                .await;
        }
        pair.refuses(
            json!(["creature", "create", { "id": id, "name": "Cy" }]),
            wrong.clone(),
        )
        .await;
        pair.refuses(
            json!(["creature", "feed", { "id": id, "food": "x" }]),
            wrong,
        )
        .await;
    }
}

#[tokio::test]
async fn an_id_has_so_many_bytes_and_no_more() {
    let pair = pair().await;
    for id in ["x".repeat(257), "x".repeat(10 * 1024), "ü".repeat(129)] {
        let mut long = invalid(&[("id", "too_long", "may have at most 256 bytes")]);
        long["errors"]["id"][0]["params"] = json!({ "max": 256 });
        for (action, payload) in [
            ("create", json!({ "id": id, "name": "Cy" })),
            ("get", json!(id)),
            ("get", json!({ "id": id })),
            ("update", json!({ "id": id, "hunger": 1 })),
            ("replace", json!({ "id": id, "name": "Cy" })),
            ("destroy", json!(id)),
            ("feed", json!({ "id": id, "food": "x" })),
        ] {
            pair.refuses(json!(["creature", action, payload]), long.clone())
                .await;
        }
    }
}

#[tokio::test]
async fn an_id_may_be_any_other_text() {
    let client = creatures().await.anonymous();
    let longest = "x".repeat(256);
    let odd = [
        "a/b/../c",
        "__proto__",
        "constructor",
        "naïve 名前 🐉",
        "null",
        "0",
        " ",
        "\u{1}",
        "\"",
        "$limit",
        "\u{202e}x",
        "'; --",
        &longest,
    ];
    for id in odd {
        let record = json!({ "id": id, "name": "Odd", "hunger": 0, "kind": null, "tags": [] });
        let created = client
            .call("creature", "create", json!({ "id": id, "name": "Odd" }))
            .await;
        assert_eq!(created.result(), &record);
        assert_eq!(
            client.call("creature", "get", json!(id)).await.result(),
            &record
        );
        let fed = client
            .call("creature", "feed", json!({ "id": id, "food": "x" }))
            .await;
        assert_eq!(fed.result(), "Odd ate x");
    }
    assert_eq!(
        client.call("creature", "count", json!({})).await.result(),
        odd.len()
    );
    // Page by page, so that every id is a cursor once.
    let mut seen = 0;
    let mut query = json!({ "$limit": 1 });
    loop {
        let page = client.call("creature", "all", query.clone()).await;
        seen += page.result().as_array().map_or(0, Vec::len);
        let Some(next) = page.meta().get("next") else {
            break;
        };
        query["$after"] = next.clone();
    }
    assert_eq!(seen, odd.len());
    for id in odd {
        assert_eq!(
            client.call("creature", "destroy", json!(id)).await.result()["id"],
            id
        );
    }
}
