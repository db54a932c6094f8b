//! What a destroyed parent tells of children that the caller may not read.

use super::*;

/// The shelf `seen` with an open book, and what keeps it from going.
async fn library(locks: &[Value]) -> Library {
    let library = Library::new().await;
    library
        .make("book", open(json!({ "id": "a", "shelf_id": "seen" })))
        .await;
    library
        .make(
            "book",
            closed(json!({ "id": "hidden", "shelf_id": "seen" })),
        )
        .await;
    for lock in locks {
        library.make("lock", lock.clone()).await;
    }
    library
}

#[tokio::test]
async fn a_refusal_to_destroy_is_the_same_whatever_keeps_the_parent_and_however_much() {
    let of = |id: &str, field: &str, parent: &str| {
        let mut lock = json!({ "id": id });
        lock[field] = parent.into();
        lock
    };
    let hidden = closed(of("x", "shelf_id", "seen"));
    let seen = open(of("y", "shelf_id", "seen"));
    let deeper = closed(of("z", "book_id", "a"));
    // Of the book itself nobody may know.
    let deepest = closed(of("z", "book_id", "hidden"));
    let mut told = Vec::new();
    for locks in [
        vec![seen.clone()],
        vec![hidden.clone()],
        vec![hidden, seen],
        vec![deeper],
        vec![deepest],
    ] {
        let library = library(&locks).await;
        let [sam, _] = library.strangers();
        for (action, payload) in [
            ("destroy", json!("seen")),
            ("commit", json!([["shelf", "destroy", "seen"]])),
        ] {
            let resource = if action == "commit" {
                "sockful"
            } else {
                "shelf"
            };
            let answer = sam.call(resource, action, payload).await;
            told.push(answer.error().clone());
        }
        assert_eq!(library.ids("shelf").await, ["seen"]);
        assert_eq!(library.ids("book").await, ["a", "hidden"]);
    }
    let [first, item] = [told[0].clone(), told[1].clone()];
    assert_eq!(
        [&first["code"], &first["reason"]],
        [&json!(409), &json!("restricted")]
    );
    for again in told.chunks(2) {
        assert_eq!(again, [first.clone(), item.clone()]);
    }
    for word in ["lock", "book", "hidden", "1", "2"] {
        assert!(
            !first["message"].as_str().unwrap().contains(word),
            "{first}"
        );
    }
}

#[tokio::test]
async fn too_many_children_are_too_many_whether_they_are_seen_or_not() {
    let mut told = Vec::new();
    for of_zoe in [open, closed] {
        let mut config = sockful::Config::default();
        config.max_cascade = 3;
        let library = Library::with(config).await;
        let book = |at: usize| of_zoe(json!({ "id": at.to_string(), "shelf_id": "seen" }));
        library
            .make("book", json!([book(0), book(1), book(2), book(3)]))
            .await;
        let [sam, _] = library.strangers();
        told.push(
            sam.call("shelf", "destroy", json!("seen"))
                .await
                .error()
                .clone(),
        );
        assert_eq!(library.ids("book").await.len(), 4);
    }
    assert_eq!(told[0]["reason"], "too_many_children");
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_hidden_parent_goes_with_children_that_are_seen_and_without_those_that_are_not_its_own() {
    let library = library(&[]).await;
    library
        .make("shelf", closed(json!({ "id": "hidden" })))
        .await;
    library
        .make("book", open(json!({ "id": "stray", "shelf_id": "hidden" })))
        .await;
    library
        .make("ladder", open(json!({ "id": "l", "shelf_id": "hidden" })))
        .await;
    let [sam, _] = library.strangers();
    assert_eq!(
        refused(&sam, "shelf", "destroy", json!("hidden")).await,
        json!([404, "not_found"])
    );
    assert_eq!(library.ids("book").await, ["a", "hidden", "stray"]);
    library
        .zoe
        .call("shelf", "destroy", json!("hidden"))
        .await
        .result();
    assert_eq!(
        refused(&sam, "book", "get", json!("stray")).await,
        json!([404, "not_found"])
    );
    let ladder = sam.call("ladder", "get", json!("l")).await;
    assert_eq!(ladder.result()["shelf_id"], Value::Null);
    assert_eq!(library.ids("book").await, ["a", "hidden"]);
}
