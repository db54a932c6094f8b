//! What PostgreSQL itself knows of parents: foreign keys, for whoever writes to the database from elsewhere.

use sockful::AppBuilder;
use sockful::store::Store;

use super::*;
use crate::support::folder::Folder;

/// The parent of what comes before it by name.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Shelf {
    id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Shelf)]
struct Book {
    id: String,
    #[resource(parent)]
    shelf_id: String,
    title: String,
}

/// A book before it had a parent.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "book")]
struct LooseBook {
    id: String,
    #[resource(index)]
    shelf_id: String,
    title: String,
}

/// A shelf whose id and table have other names.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "shelf", table = "boards")]
struct RenamedShelf {
    #[resource(id, renamed_from = "id")]
    code: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "book", parent = RenamedShelf)]
struct BookOfRenamed {
    id: String,
    #[resource(parent)]
    shelf_id: String,
    title: String,
}

fn library(app: AppBuilder) -> AppBuilder {
    app.resource::<Book>().resource::<Shelf>()
}

fn loose(app: AppBuilder) -> AppBuilder {
    app.resource::<LooseBook>().resource::<Shelf>()
}

async fn client(
    builder: PostgresBuilder,
    resources: impl FnOnce(AppBuilder) -> AppBuilder,
) -> TestClient {
    let store = builder.open().expect("the URL is one");
    let app = resources(App::builder().store(store));
    TestApp::new(app.build().await.expect("an app")).anonymous()
}

/// One shelf with one book.
async fn filled(client: &TestClient) {
    client
        .call("shelf", "create", json!({ "id": "top" }))
        .await
        .result();
    client
        .call("book", "create", book("Emma", "top"))
        .await
        .result();
}

fn book(id: &str, shelf: &str) -> Value {
    json!({ "id": id, "shelf_id": shelf, "title": "" })
}

/// Whether the database refuses a statement for a foreign key.
fn is_refused(place: &Place, statement: &str) -> bool {
    let text = format!(
        "CREATE TEMP TABLE told (it text); \
         DO $$ BEGIN {statement}; \
         EXCEPTION WHEN foreign_key_violation THEN INSERT INTO told VALUES ('refused'); END $$; \
         SELECT count(*) FROM told"
    );
    place.ask(&text) == "1"
}

const ORPHAN: &str =
    "INSERT INTO book (id, shelf_id, title, sockful_rev) VALUES ('x', 'nowhere', '', 0)";

/// Names of the foreign keys of books, and whether they hold for every row.
const KEYS: &str = "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = 'book'::regclass";

#[tokio::test]
async fn the_database_itself_refuses_orphans_and_the_end_of_parents() {
    let place = Place::new();
    filled(&client(place.builder(), library).await).await;
    assert!(is_refused(&place, ORPHAN));
    assert!(is_refused(&place, "UPDATE book SET shelf_id = 'nowhere'"));
    assert!(is_refused(&place, "DELETE FROM shelf"));
    assert!(!is_refused(&place, "DELETE FROM book; DELETE FROM shelf"));
    assert_eq!(place.ask("SELECT count(*) FROM shelf"), "0");
}

#[tokio::test]
async fn children_of_a_parent_have_an_index() {
    let place = Place::new();
    let _client = client(place.builder(), library).await;
    let index = "SELECT pg_get_indexdef('\"book.shelf_id.index\"'::regclass)";
    assert!(
        place.ask(index).ends_with("(shelf_id)"),
        "{}",
        place.ask(index)
    );
}

#[tokio::test]
async fn a_table_that_stood_without_a_key_gets_one() {
    let place = Place::new();
    filled(&client(place.builder(), loose).await).await;
    assert_eq!(place.ask(KEYS), "");
    let store = place.builder().open().expect("the URL is one");
    let plan = library(App::builder().store(store)).migration_plan().await;
    assert_eq!(
        plan.expect("a plan"),
        [
            "ALTER TABLE \"book\" ADD CONSTRAINT \"book.shelf_id.parent\" FOREIGN KEY (\"shelf_id\") \
          REFERENCES \"shelf\" (\"id\") DEFERRABLE"
        ]
    );
    let client = client(place.builder(), library).await;
    assert_eq!(place.ask(KEYS), "book.shelf_id.parent|t");
    assert!(is_refused(&place, ORPHAN));
    client
        .call("book", "create", book("Persuasion", "top"))
        .await
        .result();
}

#[tokio::test]
async fn records_without_a_parent_are_no_obstacle_to_a_start_and_no_others_come() {
    let place = Place::new();
    let before = client(place.builder(), loose).await;
    filled(&before).await;
    before
        .call("book", "create", book("Lost", "nowhere"))
        .await
        .result();
    let client = client(place.builder(), library).await;
    assert_eq!(place.ask(KEYS), "book.shelf_id.parent|f");
    assert!(is_refused(&place, ORPHAN));
    assert!(is_refused(&place, "DELETE FROM shelf"));
    let retitled = json!({ "id": "Lost", "title": "new" });
    client.call("book", "update", retitled).await.result();
    // What the warning says to do.
    client
        .call("book", "update", json!({ "id": "Lost", "shelf_id": "top" }))
        .await
        .result();
    place.ask("ALTER TABLE book VALIDATE CONSTRAINT \"book.shelf_id.parent\"");
    assert_eq!(place.ask(KEYS), "book.shelf_id.parent|t");
}

#[tokio::test]
async fn a_key_goes_with_its_word() {
    let place = Place::new();
    filled(&client(place.builder(), library).await).await;
    let client = client(place.builder(), loose).await;
    assert_eq!(place.ask(KEYS), "");
    client
        .call("book", "create", book("Lost", "nowhere"))
        .await
        .result();
    client.call("shelf", "destroy", json!("top")).await.result();
}

#[tokio::test]
async fn a_parent_may_have_its_table_and_its_id_renamed() {
    let place = Place::new();
    filled(&client(place.builder(), library).await).await;
    let renamed = place.builder().migrations([(
        "0001_boards",
        "-- sockful: only if shelf exists\nALTER TABLE shelf RENAME TO boards;",
    )]);
    let client = client(renamed, |it| {
        it.resource::<BookOfRenamed>().resource::<RenamedShelf>()
    })
    .await;
    assert_eq!(place.ask(KEYS), "book.shelf_id.parent|t");
    assert!(is_refused(&place, ORPHAN));
    client
        .call("book", "create", book("Persuasion", "top"))
        .await
        .result();
    client.call("shelf", "destroy", json!("top")).await.result();
    assert_eq!(place.ask("SELECT count(*) FROM book"), "0");
}

#[tokio::test]
async fn a_table_that_no_key_may_lead_to_is_worked_with_all_the_same() {
    let place = Place::new();
    shared().ask(&format!("CREATE SCHEMA {}", place.0));
    place.ask("CREATE UNLOGGED TABLE shelf (id text COLLATE \"C\" PRIMARY KEY)");
    let client = client(place.builder(), library).await;
    assert_eq!(place.ask(KEYS), "");
    filled(&client).await;
}

#[tokio::test]
async fn what_only_the_database_knows_of_is_a_conflict_and_no_secret_of_it() {
    let place = Place::new();
    let client = client(place.builder(), library).await;
    filled(&client).await;
    place.ask(
        "CREATE TABLE theirs (shelf text REFERENCES shelf); INSERT INTO theirs VALUES ('top')",
    );
    let (refused, done) = tokio::join!(
        client.call("shelf", "destroy", json!("top")),
        client.call("shelf", "create", json!({ "id": "other" }))
    );
    let error = refused.error();
    assert_eq!(
        [&error["code"], &error["reason"]],
        [&json!(409), &json!("dangling")]
    );
    let text = error.to_string().to_lowercase();
    assert!(
        !text.contains("foreign") && !text.contains("theirs"),
        "{text}"
    );
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(place.ask("SELECT count(*) FROM book"), "1");
    place.ask("DELETE FROM theirs");
    client.call("shelf", "destroy", json!("top")).await.result();
}

/// A file with a shelf and its book, and a book whose shelf is gone if that is asked for.
async fn file(folder: &Folder, orphan: bool) -> Sqlite {
    let path = folder.path().join("app.db");
    let store = Sqlite::open(&path).expect("a file");
    let app = library(App::builder().store(store.clone()));
    filled(&TestApp::new(app.build().await.expect("an app")).anonymous()).await;
    if orphan {
        let other = sockful::store::rusqlite::Connection::open(path).expect("the file");
        let careless = format!("PRAGMA foreign_keys = OFF; {ORPHAN}");
        other.execute_batch(&careless).expect("an orphan");
    }
    store
}

#[tokio::test]
async fn children_are_taken_over_with_their_parents_whichever_come_first() {
    let folder = Folder::new("keys");
    let from = file(&folder, false).await;
    let place = Place::new();
    let database = place.builder().open().expect("the URL is one");
    let imported = database.import(&from).await.expect("all is taken over");
    assert_eq!(imported.records, 2);
    assert_eq!(place.ask(KEYS), "book.shelf_id.parent|t");
    assert!(is_refused(&place, "DELETE FROM shelf"));
}

#[tokio::test]
async fn children_without_a_parent_are_not_taken_over() {
    let folder = Folder::new("keys");
    let from = file(&folder, true).await;
    let place = Place::new();
    let database = place.builder().open().expect("the URL is one");
    let error = database.import(&from).await.expect_err("one has no parent");
    assert_eq!(
        error.to_string(),
        "only records whose parents are there can be taken over: \
         `book.shelf_id` names parents that are not in `shelf`, in 1 of the records"
    );
    assert_eq!(place.ask("SELECT count(*) FROM book"), "0");
}

#[tokio::test]
async fn a_parent_of_another_store_is_not_asked_for() {
    let place = Place::new();
    let schemas = {
        let app = library(App::builder().store(Memory::new()))
            .build()
            .await
            .expect("an app");
        let schemas = app.schemas().cloned().map(std::sync::Arc::new);
        schemas.filter(|it| it.name == "book").collect::<Vec<_>>()
    };
    let store = place.builder().open().expect("the URL is one");
    store.open(&schemas).await.expect("the store opens");
    assert_eq!(place.ask(KEYS), "");
}
