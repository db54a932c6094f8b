//! Relatives as Rust code reaches them, on behalf of a user and for the application itself.

use super::*;

async fn library() -> Library {
    let library = Library::new().await;
    library
        .make("shelf", closed(json!({ "id": "hidden" })))
        .await;
    for shelf in ["seen", "hidden"] {
        library
            .make(
                "book",
                open(json!({ "id": format!("open in {shelf}"), "shelf_id": shelf })),
            )
            .await;
        library
            .make(
                "book",
                closed(json!({ "id": format!("closed in {shelf}"), "shelf_id": shelf })),
            )
            .await;
    }
    library
        .make("ladder", open(json!({ "id": "l", "shelf_id": "hidden" })))
        .await;
    library
}

fn new(id: &str, shelf: &str) -> Book {
    Book {
        id: id.to_owned(),
        shelf_id: shelf.to_owned(),
        owner: "sam".to_owned(),
        open: true,
    }
}

fn shelf(id: &str) -> Shelf {
    Shelf {
        id: id.to_owned(),
        owner: "zoe".to_owned(),
        open: true,
        dust: 0,
    }
}

fn error<T: std::fmt::Debug>(answer: Result<T>) -> String {
    let error = answer.expect_err("this is refused");
    format!("{} {error:?}", error.reason_text())
}

#[tokio::test]
async fn a_user_reaches_what_the_user_may_read() {
    let library = library().await;
    let sam = library.app.app().on_behalf_of("sam").await.unwrap();
    let ids = |books: Vec<Book>| -> Vec<_> { books.into_iter().map(|book| book.id).collect() };
    for id in ["seen", "hidden"] {
        assert_eq!(
            ids(shelf(id).books(&sam).await.unwrap()),
            [format!("open in {id}")]
        );
    }
    assert!(shelf("absent").books(&sam).await.unwrap().is_empty());
    let found = new("open in seen", "seen").shelf(&sam).await.unwrap();
    assert_eq!(found.id, "seen");
    let hidden = error(new("open in hidden", "hidden").shelf(&sam).await);
    assert_eq!(
        hidden,
        error(new("open in hidden", "absent").shelf(&sam).await)
    );
    assert!(hidden.starts_with("not_found"), "{hidden}");
    let ladder = sam.get::<Ladder>(&"l".to_owned()).await.unwrap();
    assert_eq!(error(ladder.shelf(&sam).await), hidden);
}

#[tokio::test]
async fn a_user_gives_no_children_to_what_the_user_may_not_read() {
    let library = library().await;
    let sam = library.app.app().on_behalf_of("sam").await.unwrap();
    let mut told = Vec::new();
    for id in ["hidden", "absent"] {
        told.push([
            error(shelf(id).create_book(&sam, new("n", "seen")).await),
            error(sam.create(new("n", id)).await),
            error(sam.changeset().create(new("n", id)).commit().await),
            error(
                sam.update(&"open in seen".to_owned(), |book: &mut Book| {
                    id.clone_into(&mut book.shelf_id)
                })
                .await,
            ),
            error(sam.destroy::<Shelf>(&id.to_owned()).await),
        ]);
    }
    assert_eq!(told[0], told[1]);
    for refusal in &told[0][..4] {
        assert!(refusal.starts_with("no_parent"), "{refusal}");
    }
    let made = shelf("seen").create_book(&sam, new("n", "hidden")).await;
    assert_eq!(made.unwrap().shelf_id, "seen");
    assert_eq!(library.ids("shelf").await, ["hidden", "seen"]);
}

#[tokio::test]
async fn the_application_itself_reaches_everything() {
    let library = library().await;
    let system = library.app.app().system();
    let hidden = system.get::<Shelf>(&"hidden".to_owned()).await.unwrap();
    assert_eq!(hidden.books(&system).await.unwrap().len(), 2);
    let book = hidden.create_book(&system, new("n", "seen")).await.unwrap();
    assert_eq!(book.shelf(&system).await.unwrap().id, "hidden");
    let ladder = system.get::<Ladder>(&"l".to_owned()).await.unwrap();
    assert_eq!(ladder.shelf(&system).await.unwrap().unwrap().id, "hidden");
    system.destroy::<Shelf>(&"hidden".to_owned()).await.unwrap();
    assert_eq!(
        library.ids("book").await,
        ["closed in seen", "open in seen"]
    );
}
