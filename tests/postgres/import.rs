//! A database takes over the records of an SQLite file.

use std::sync::Arc;

use sockful::Id;
use sockful::query::Query;
use sockful::store::{Store, Stored};

use super::*;
use crate::support::folder::Folder;

/// A record with a column of every kind.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Parcel {
    id: i64,
    #[resource(unique)]
    label: Option<String>,
    weight: f64,
    sent: bool,
    due: Option<jiff::Timestamp>,
    notes: Vec<Note>,
}

fn resources() -> sockful::AppBuilder {
    App::builder().resource::<Note>().resource::<Parcel>()
}

/// A file with some history: records changed and destroyed, an operation answered.
async fn file(folder: &Folder) -> (App, Sqlite) {
    let store = Sqlite::open(folder.path().join("app.db")).expect("a file");
    let app = resources()
        .store(store.clone())
        .build()
        .await
        .expect("an app");
    let client = client(&app);
    let notes: Vec<_> = (0..1_200)
        .map(|it| json!(Note::new(format!("n{it}"))))
        .collect();
    for notes in notes.chunks(600) {
        client.call("note", "create", json!(notes)).await.result();
    }
    let parcel = json!({
        "id": 9_007_199_254_740_991_i64, "label": "\u{1f4e6} \"x\"", "weight": 0.1, "sent": true,
        "due": "2026-11-21T12:00:00.123456Z", "notes": [Note::new("inside")],
    });
    client.call("parcel", "create", parcel).await.result();
    let bare = json!({ "id": -5, "label": null, "weight": -1e300, "sent": false, "due": null, "notes": [] });
    client.call("parcel", "create", bare).await.result();
    client
        .call("note", "update", json!({ "id": "n7", "text": "changed" }))
        .await
        .result();
    client.call("note", "destroy", json!("n8")).await.result();
    (app, store)
}

/// A row, whatever order and spaces its nested values are written with.
fn plain(row: &sockful::Row) -> String {
    let values = row.values().iter().map(|value| match value {
        sockful::Value::Json(text) => serde_json::from_str::<Value>(text)
            .expect("JSON")
            .to_string(),
        value => format!("{value:?}"),
    });
    values.collect::<Vec<_>>().join(", ")
}

/// Everything a store can tell of itself.
async fn all(app: &App, store: &dyn Store) -> (Vec<String>, Vec<String>) {
    let (mut rows, mut log) = (Vec::new(), Vec::new());
    for schema in app.schemas() {
        let schema = Arc::new(schema.clone());
        let listing = store
            .list(&schema, &Query::default())
            .await
            .expect("a list");
        let row = |it: &Stored| format!("{} at {} of {}", plain(&it.row), it.rev, listing.pos);
        rows.extend(listing.rows.iter().map(row));
    }
    for entry in store.since(0, usize::MAX).await.expect("the log") {
        for it in entry.changes {
            let [old, new] = [it.old, it.new].map(|row| row.as_ref().map(plain));
            let (pos, at, resource) = (entry.pos, entry.at, it.schema.name);
            log.push(format!(
                "{pos} {at} {resource} {:?} {} {old:?} {new:?}",
                it.id, it.rev
            ));
        }
    }
    (rows, log)
}

#[tokio::test]
async fn records_revisions_positions_and_answers_are_taken_over() {
    let folder = Folder::new("import");
    let (old, from) = file(&folder).await;
    let op = json!({ "op": Id::<Note>::new() });
    let once = json!({ "id": "once", "text": "once" });
    let client_of_old = client(&old);
    let first = client_of_old
        .call_with("note", "create", once.clone(), op.clone())
        .await;
    let first = first.result().clone();
    let page = json!({ "$limit": 100, "$sort": { "text": 1 } });
    let page = client_of_old.call("note", "all", page).await;
    let next = page.meta()["next"].clone();

    let place = Place::new();
    let database = place.builder().open().expect("the URL is one");
    let imported = database.import(&from).await.expect("all is taken over");
    assert_eq!(imported.records, 1_202);
    assert_eq!(imported.changes, 1_205);
    assert_eq!(imported.operations, 1);
    let new = resources()
        .store(database.clone())
        .build()
        .await
        .expect("an app");

    let ((rows, log), (rows_there, log_there)) =
        (all(&old, &from).await, all(&new, &database).await);
    assert_eq!(rows, rows_there);
    assert_eq!(log, log_there);
    let asked = "SELECT value FROM sockful_meta WHERE key = 'epoch'";
    let epoch = from.read(move |it| it.query_row(asked, [], |row| row.get::<_, String>(0)));
    assert_eq!(place.ask(asked), epoch.await.expect("an epoch"));

    // A request that is sent again is answered as before, and a page goes on where it was.
    let client = client(&new);
    let again = client.call_with("note", "create", once, op).await;
    assert_eq!(*again.result(), first);
    assert_eq!(again.meta()["replayed"], true);
    let rest = json!({ "$limit": 100, "$sort": { "text": 1 }, "$after": next });
    let rest = client.call("note", "all", rest).await;
    assert_eq!(rest.result().as_array().map(Vec::len), Some(100));

    // Positions go on.
    let end = from.log().await.expect("a range").to;
    let created = client.call("note", "create", json!(Note::new("new"))).await;
    assert_eq!(created.meta()["pos"], end + 1);
}

#[tokio::test]
async fn only_an_empty_database_takes_over_another() {
    let folder = Folder::new("import");
    let (_old, from) = file(&folder).await;
    let place = Place::new();
    let (app, _) = place.notes().await;
    client(&app)
        .call("note", "create", json!(Note::new("mine")))
        .await
        .result();
    let database = place.builder().open().expect("the URL is one");
    let error = database.import(&from).await.expect_err("it is not empty");
    assert!(
        error.to_string().contains("only an empty database"),
        "{error}"
    );
    assert_eq!(place.ask("SELECT count(*) FROM note"), "1");
}

#[tokio::test]
async fn what_cannot_be_taken_over_leaves_nothing_behind() {
    let folder = Folder::new("import");
    let (_old, from) = file(&folder).await;
    // A text that PostgreSQL cannot keep, from another program.
    let file = folder.path().join("app.db");
    let other = sockful::store::rusqlite::Connection::open(file).expect("the file");
    other
        .execute("UPDATE parcel SET label = 'a' || char(0) WHERE id = -5", [])
        .expect("an update");
    let place = Place::new();
    let database = place.builder().open().expect("the URL is one");
    database.import(&from).await.expect_err("it cannot be kept");
    assert_eq!(place.ask("SELECT count(*) FROM note"), "0");
    // Once it is mended, the same database takes everything.
    other
        .execute("UPDATE parcel SET label = NULL WHERE id = -5", [])
        .expect("an update");
    let imported = database.import(&from).await.expect("all is taken over");
    assert_eq!(imported.records, 1_201);
}

#[tokio::test]
async fn only_a_store_that_is_open_can_be_taken_over() {
    let from = Sqlite::in_memory().expect("there is memory");
    let place = Place::new();
    let database = place.builder().open().expect("the URL is one");
    let error = database.import(&from).await.expect_err("it is not open");
    assert!(error.to_string().contains("not opened"), "{error}");
}
