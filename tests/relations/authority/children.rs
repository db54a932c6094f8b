//! Children that the caller may not read.

use super::*;

/// A library where everybody sees the shelf `seen` with the books `a` and `b`, a remark about `a` and a ladder; and, if `hiding`, more
/// of each that nobody but zoe sees.
async fn library(hiding: bool) -> Library {
    let mut config = sockful::Config::default();
    // As many as are seen.
    config.max_included = 4;
    let library = Library::with(config).await;
    for id in ["a", "b"] {
        library
            .make("book", open(json!({ "id": id, "shelf_id": "seen" })))
            .await;
    }
    library
        .make("remark", open(json!({ "id": "r", "book_id": "a" })))
        .await;
    library
        .make("ladder", open(json!({ "id": "l", "shelf_id": "seen" })))
        .await;
    if hiding {
        for id in ["Hidden", "hidden"] {
            library
                .make("book", closed(json!({ "id": id, "shelf_id": "seen" })))
                .await;
            library
                .make("ladder", closed(json!({ "id": id, "shelf_id": "seen" })))
                .await;
            library
                .make("remark", closed(json!({ "id": id, "book_id": "a" })))
                .await;
        }
        // Where everybody would see it, if they saw the book.
        library
            .make("remark", open(json!({ "id": "zz", "book_id": "hidden", })))
            .await;
    }
    library
}

/// Everything by which children are found, and then everything that writes near them.
fn near() -> Vec<Request> {
    let book = |id: &str| open(json!({ "id": id, "shelf_id": "seen" }));
    let remark = open(json!({ "id": "m", "book_id": "hidden" }));
    requests(json!([
        ["shelf", "books", "seen"],
        // As many as are seen: there is no more.
        ["shelf", "books", { "shelf_id": "seen", "$limit": 2 }],
        ["shelf", "books", { "shelf_id": "seen", "$sort": { "id": -1 }, "$skip": 1 }],
        ["shelf", "ladders", "seen"],
        ["shelf", "getBook", { "id": "hidden", "shelf_id": "seen" }],
        ["book", "byShelf", "seen"],
        ["book", "all", { "open": false }],
        ["book", "all", { "id": { "$in": ["a", "hidden"] }, "$include": "remarks" }],
        ["book", "count", { "shelf_id": "seen" }],
        ["book", "get", "hidden"],
        ["book", "get", { "id": "hidden", "$include": "shelf" }],
        ["shelf", "get", { "id": "seen", "$include": ["books.remarks", "ladders"] }],
        ["shelf", "all", { "$include": "books" }],
        ["shelf", "all", { "$include": { "books": { "$limit": 1, "$sort": { "id": 1 } } } }],
        ["shelf", "all", { "$include": { "books": { "open": false } } }],
        ["shelf", "all", { "$include": "ladders.shelf.books" }],
        ["book", "all", { "$include": "shelf.ladders" }],
        ["book", "remarks", "a"],
        ["book", "getRemark", { "id": "hidden", "book_id": "a" }],
        ["shelf", "books_seen", { "id": "seen" }],
        ["book", "update", { "id": "hidden", "open": true }],
        ["book", "update", { "id": "hidden", "shelf_id": "seen" }],
        ["book", "replace", book("hidden")],
        ["book", "destroy", "hidden"],
        ["remark", "create", remark],
        ["book", "createRemark", remark],
        ["remark", "update", { "id": "r", "book_id": "hidden" }],
        ["shelf", "createBook", book("c")],
        ["shelf", "update", { "id": "seen", "dust": 2 }],
        ["shelf", "gather", { "id": "seen" }],
        ["remark", "update", { "id": "r", "book_id": "b" }],
        ["book", "destroy", "a"],
        ["sockful", "commit", [["book", "update", { "id": "b", "open": true }], ["shelf", "destroy", "seen"]]],
        ["ladder", "get", "l"],
    ]))
}

/// An answer without the positions of the log, which count what everybody writes, and with a cursor told by its presence alone.
fn comparable((mut answer, _): (Value, usize)) -> Value {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if ["pos", "rev", "next"].contains(&&**name) {
                        *value = "some".into();
                    }
                    forget(value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            _ => {}
        }
    }
    forget(&mut answer[2]);
    answer
}

#[tokio::test]
async fn children_that_are_hidden_are_answered_as_none() {
    let (hiding, plain) = (library(true).await, library(false).await);
    let (asks, expects) = (hiding.strangers(), plain.strangers());
    let mut done = 0;
    for request in near() {
        for (asks, expects) in asks.iter().zip(&expects) {
            let told = comparable(hiding.ask(asks, &request).await);
            let expected = comparable(plain.ask(expects, &request).await);
            assert!(!told.to_string().contains("Hidden"), "{told}");
            assert_eq!(told, expected, "{request:?}");
            done += usize::from(told[0].is_null());
        }
    }
    assert!(done > 40, "only {done} were done");
    // Where the shelf has gone, all its books have, and the ladders stand alone.
    for resource in ["book", "remark"] {
        assert_eq!(hiding.ids(resource).await, [""; 0], "{resource}");
    }
    let ladders = hiding.zoe.call("ladder", "all", json!({})).await;
    assert_eq!(ids(ladders.result()), ["Hidden", "hidden", "l"]);
    let shelves = ladders.result().as_array().unwrap().iter();
    assert_eq!(shelves.filter(|it| it["shelf_id"].is_null()).count(), 3);
}

#[tokio::test]
async fn who_may_read_the_children_gets_them() {
    let library = library(true).await;
    let books = library.zoe.call("shelf", "books", json!("seen")).await;
    assert_eq!(ids(books.result()), ["Hidden", "a", "b", "hidden"]);
    let whole = json!({ "id": "seen", "$include": ["books", "ladders"] });
    assert_eq!(
        refused(&library.zoe, "shelf", "get", whole).await,
        json!([400, "include_too_large"])
    );
    let seen = library
        .zoe
        .call("shelf", "books_seen", json!({ "id": "seen" }))
        .await;
    assert_eq!(*seen.result(), 4);
}
