//! A parent that the caller may not read.

use super::*;

/// A library with the shelf `hidden`, whose children are hidden too, and `own`, an open book on the open shelf.
async fn library() -> Library {
    let library = Library::new().await;
    library
        .make("shelf", closed(json!({ "id": "hidden" })))
        .await;
    for id in ["own", "other"] {
        let book = json!({ "id": id, "shelf_id": "seen" });
        library.make("book", open(book)).await;
    }
    for resource in ["book", "ladder", "lock"] {
        let child = json!({ "id": "secret", "shelf_id": "hidden" });
        library.make(resource, closed(child)).await;
    }
    for resource in ["ladder", "lock"] {
        let child = json!({ "id": "known", "shelf_id": "seen" });
        library.make(resource, open(child)).await;
    }
    library.make("ladder", open(json!({ "id": "free" }))).await;
    library
}

/// Everything that can be asked with the id of a shelf.
fn about(shelf: &str) -> Vec<Request> {
    let child = |id: &str| open(json!({ "id": id, "shelf_id": shelf }));
    let beside = open(json!({ "id": "n", "shelf_id": "seen" }));
    let whole = open(json!({ "id": shelf, "dust": 1 }));
    let moved = json!({ "id": "own", "shelf_id": shelf });
    let made = json!(["book", "create", child("new")]);
    let stale = json!({ "if_rev": 4_000_000 });
    requests(json!([
        ["shelf", "get", shelf],
        ["shelf", "get", { "id": shelf, "$include": ["books.remarks", "locks"] }],
        ["shelf", "update", { "id": shelf, "dust": 1 }],
        ["shelf", "update", { "id": shelf, "dust": 1 }, stale],
        ["shelf", "replace", whole],
        ["shelf", "look", { "id": shelf }],
        ["shelf", "gather", { "id": shelf }],
        ["shelf", "books_seen", { "id": shelf }],
        ["shelf", "all", { "id": shelf }],
        ["shelf", "all", { "id": shelf, "$include": "books" }],
        ["shelf", "count", { "id": shelf }],
        ["shelf", "books", shelf],
        ["shelf", "books", { "shelf_id": shelf, "$limit": 1, "$include": "shelf" }],
        ["shelf", "ladders", shelf],
        ["shelf", "locks", shelf],
        ["shelf", "getBook", { "id": "own", "shelf_id": shelf }],
        ["book", "byShelf", shelf],
        ["book", "all", { "shelf_id": shelf, "$include": "shelf" }],
        ["book", "count", { "shelf_id": { "$in": [shelf] } }],
        ["shelf", "createBook", child("new")],
        ["shelf", "create_book", [child("new")]],
        ["shelf", "createLadder", child("new")],
        ["shelf", "createLock", child("new")],
        ["book", "create", child("new")],
        ["book", "create", [beside, child("new")]],
        // With an id that is taken, openly and not.
        ["book", "create", child("other")],
        ["book", "create", child("secret")],
        ["ladder", "create", child("new")],
        ["lock", "create", child("new")],
        ["book", "update", moved],
        ["book", "replace", child("own")],
        ["ladder", "update", { "id": "free", "shelf_id": shelf }],
        ["sockful", "commit", [made]],
        ["sockful", "commit", [["shelf", "createBook", child("new")]]],
        ["sockful", "commit", [["shelf", "gather", { "id": "seen" }], made]],
        ["sockful", "commit", [["book", "update", moved]]],
        ["sockful", "commit", [["shelf", "destroy", shelf]]],
        ["shelf", "destroy", shelf],
        ["shelf", "destroy", { "id": shelf }, stale],
    ]))
}

#[tokio::test]
async fn a_hidden_parent_is_answered_as_one_that_is_not_there() {
    let library = library().await;
    for client in library.strangers() {
        for (hidden, absent) in about("hidden").iter().zip(about("absent")) {
            let (told, asked) = library.ask(&client, hidden).await;
            let (none, expected) = library.ask(&client, &absent).await;
            assert_eq!(
                told.to_string().replace("hidden", "absent"),
                none.to_string(),
                "{hidden:?}"
            );
            assert_eq!(asked, expected, "of the store: {hidden:?}");
        }
    }
    assert_eq!(library.ids("shelf").await, ["hidden", "seen"]);
    assert_eq!(library.ids("book").await, ["other", "own", "secret"]);
    assert_eq!(
        [library.ids("ladder").await, library.ids("lock").await].concat(),
        ["free", "known", "secret", "known", "secret"]
    );
}

#[tokio::test]
async fn what_is_answered_of_a_parent_depends_on_whether_it_is_seen() {
    for (place, seen) in about("seen").iter().enumerate() {
        let library = library().await;
        let [sam, _] = library.strangers();
        let (none, _) = library.ask(&sam, &about("absent")[place]).await;
        let (told, _) = library.ask(&sam, seen).await;
        assert_ne!(told, none, "{seen:?}");
    }
}

#[tokio::test]
async fn a_refusal_of_a_hidden_parent_is_told_again_by_its_operation() {
    let library = library().await;
    let [sam, _] = library.strangers();
    for (place, hidden) in about("hidden").into_iter().enumerate() {
        let absent = about("absent")[place].clone();
        let mut told = Vec::new();
        for (at, request) in [hidden, absent].into_iter().enumerate() {
            let op = uuid::Uuid::from_u128((2 * place + at) as u128).to_string();
            let request = [&request[..3], &[json!({ "op": op })]].concat();
            for _ in 0..2 {
                let (answer, _) = library.ask(&sam, &request).await;
                told.push(answer.to_string().replace("hidden", "absent"));
            }
        }
        assert_eq!(told[..2], told[2..], "{:?}", about("hidden")[place]);
    }
}

#[tokio::test]
async fn a_child_that_is_seen_is_itself_wherever_its_parent_is_hidden() {
    let library = library().await;
    let record = open(json!({ "id": "stray", "shelf_id": "hidden" }));
    library.make("book", record.clone()).await;
    library
        .make("remark", open(json!({ "id": "r", "book_id": "stray" })))
        .await;
    let mut with_shelf = record.clone();
    with_shelf["shelf"] = Value::Null;
    for client in library.strangers() {
        for (resource, action, payload, expected) in [
            ("book", "get", json!("stray"), record.clone()),
            (
                "book",
                "get",
                json!({ "id": "stray", "$include": "shelf" }),
                with_shelf.clone(),
            ),
            (
                "shelf",
                "getBook",
                json!({ "id": "stray", "shelf_id": "hidden" }),
                record.clone(),
            ),
            ("shelf", "books", json!("hidden"), json!([record])),
            ("book", "byShelf", json!("hidden"), json!([record])),
            (
                "book",
                "all",
                json!({ "shelf_id": "hidden" }),
                json!([record]),
            ),
            (
                "book",
                "all",
                json!({ "id": "stray", "$include": "shelf.books" }),
                json!([with_shelf]),
            ),
            ("book", "count", json!({ "shelf_id": "hidden" }), json!(1)),
            (
                "shelf",
                "all",
                json!({ "$select": [], "$include": { "books": { "id": "stray" } } }),
                json!([{ "id": "seen", "books": [] }]),
            ),
            // To keep a parent is not to get it.
            (
                "book",
                "update",
                json!({ "id": "stray", "open": true, "shelf_id": "hidden" }),
                record.clone(),
            ),
            ("book", "replace", record.clone(), record.clone()),
        ] {
            let answer = client.call(resource, action, payload.clone()).await;
            assert_eq!(*answer.result(), expected, "{resource}.{action} {payload}");
        }
        let remark = client
            .call(
                "remark",
                "get",
                json!({ "id": "r", "$include": "book.shelf" }),
            )
            .await;
        assert_eq!(remark.result()["book"], with_shelf);
    }
}

#[tokio::test]
async fn who_moves_a_child_away_from_a_hidden_parent_cannot_move_it_back() {
    let library = library().await;
    let [sam, _] = library.strangers();
    library
        .make("book", open(json!({ "id": "stray", "shelf_id": "hidden" })))
        .await;
    let to = |shelf: &str| json!({ "id": "stray", "shelf_id": shelf });
    let moved = sam.call("book", "update", to("seen")).await;
    assert_eq!(moved.result()["shelf_id"], "seen");
    assert_eq!(
        refused(&sam, "book", "update", to("hidden")).await,
        json!([404, "no_parent"])
    );
    sam.call("book", "destroy", json!("stray")).await.result();
    let back = library
        .zoe
        .call(
            "book",
            "update",
            json!({ "id": "own", "shelf_id": "hidden" }),
        )
        .await;
    assert_eq!(back.result()["shelf_id"], "hidden");
}

#[tokio::test]
async fn an_answer_that_was_given_is_given_again_when_the_parent_is_hidden_since() {
    let library = Library::new().await;
    let [sam, _] = library.strangers();
    let new = |id: &str| open(json!({ "id": id, "shelf_id": "seen" }));
    let op = json!({ "op": uuid::Uuid::nil().to_string() });
    let request = vec!["shelf".into(), "createBook".into(), new("first"), op];
    let (first, _) = library.ask(&sam, &request).await;
    let hide = json!({ "id": "seen", "open": false });
    library.zoe.call("shelf", "update", hide).await.result();
    let (again, _) = library.ask(&sam, &request).await;
    assert_eq!(again[1], first[1]);
    assert_eq!(again[2]["replayed"], true);
    let another = refused(&sam, "shelf", "createBook", new("second")).await;
    assert_eq!(another, json!([404, "no_parent"]));
}
