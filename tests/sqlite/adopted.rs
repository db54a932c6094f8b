//! Tables that were there before sockful.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::Value;
use sockful::prelude::*;
use sockful::store::Store;
use sockful::testing::TestApp;

use super::schema::build;
use super::{Database, stranger};

/// In a table with a name that nobody would choose.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = "all \"cards\"; --")]
struct Card {
    id: i64,
    #[serde(rename = "the title")]
    title: String,
    price: Option<f64>,
    done: bool,
    #[resource(unique)]
    code: Option<String>,
}

const CARDS: &str = r#"
    CREATE TABLE "all ""cards""; --" (
        id INTEGER PRIMARY KEY,
        "the title" VARCHAR(200) NOT NULL,
        price DOUBLE PRECISION,
        done BOOLEAN NOT NULL DEFAULT 0,
        code NVARCHAR(8) UNIQUE,
        hidden TEXT
    );
    INSERT INTO "all ""cards""; --" (id, "the title", code) VALUES (7, 'seven', 'x'), (8, 'eight', NULL);
"#;

/// A database that somebody else has made.
fn made(statements: &str) -> Database {
    let database = Database::new();
    let stranger = stranger(database.file("app.db"));
    stranger.execute_batch(statements).unwrap();
    database
}

async fn cards(database: &Database) -> (TestApp, Sqlite) {
    let store = database.builder().open().unwrap();
    let app = build::<Card>(store.clone()).await.unwrap();
    (TestApp::new(app), store)
}

#[tokio::test]
async fn an_adopted_table_is_a_resource_with_its_records() {
    let database = made(CARDS);
    let (app, _) = cards(&database).await;
    let client = app.anonymous();
    let cards = client.call("card", "all", json!({})).await;
    let card = |id, title, code| json!({ "id": id, "the title": title, "price": null, "done": false, "code": code });
    assert_eq!(
        *cards.result(),
        json!([card(7, "seven", json!("x")), card(8, "eight", json!(null))])
    );
    let created = client
        .call(
            "card",
            "create",
            json!({ "id": 9, "the title": "nine", "done": true }),
        )
        .await;
    assert_eq!(created.result()["id"], 9);
}

#[tokio::test]
async fn the_revision_of_what_was_there_is_the_position_before_the_first_commit() {
    let database = made(CARDS);
    let (app, store) = cards(&database).await;
    let client = app.anonymous();
    assert_eq!(client.call("card", "get", json!(7)).await.meta()["rev"], 0);
    // The log tells of commits, and there was none.
    assert_eq!(store.log().await.unwrap().to, 0);

    let change = json!({ "id": 7, "the title": "new" });
    let stale = client
        .call_with("card", "update", change.clone(), json!({ "if_rev": 1 }))
        .await;
    assert_eq!(stale.error()["reason"], "stale");
    let changed = client
        .call_with("card", "update", change, json!({ "if_rev": 0 }))
        .await;
    assert_eq!(changed.meta()["rev"], 1);
    let again = client
        .call_with("card", "destroy", json!(7), json!({ "if_rev": 0 }))
        .await;
    assert_eq!(again.error()["reason"], "stale");

    let entries = store.since(0, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    let change = &entries[0].changes[0];
    let title = |row: &Option<sockful::Row>| row.as_ref().map(|row| row[1].clone());
    assert_eq!(title(&change.old), Some(Value::Text("seven".into())));
    assert_eq!(title(&change.new), Some(Value::Text("new".into())));
}

#[tokio::test]
async fn other_programs_go_on_writing_to_it() {
    let database = made(CARDS);
    let (app, _) = cards(&database).await;
    stranger(database.file("app.db"))
        .execute_batch(r#"INSERT INTO "all ""cards""; --" (id, "the title") VALUES (1, 'theirs')"#)
        .unwrap();
    let card = app.anonymous().call("card", "get", json!(1)).await;
    assert_eq!(
        (&card.result()["the title"], &card.meta()["rev"]),
        (&json!("theirs"), &json!(0))
    );
}

#[tokio::test]
async fn a_unique_constraint_that_is_there_is_the_one_of_the_field() {
    let database = made(CARDS);
    let (app, store) = cards(&database).await;
    let card = json!({ "id": 9, "the title": "nine", "done": true, "code": "x" });
    let taken = app.anonymous().call("card", "create", card).await;
    assert_eq!(taken.error()["reason"], "unique");
    let made = store
        .read(|connection| {
            let text = "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%.unique'";
            connection.query_row(text, [], |row| row.get::<_, i64>(0))
        })
        .await;
    assert_eq!(made.unwrap(), 0);
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = "things")]
struct Thing {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "thing", table = "things")]
struct VersionedThing {
    id: String,
    name: String,
    #[resource(rev)]
    version: u64,
}

#[tokio::test]
async fn what_would_not_be_what_the_struct_says_is_refused() {
    for (table, expect) in [
        (
            "CREATE VIEW things AS SELECT 'a' AS id, 'b' AS name",
            "`things` is no table in the database",
        ),
        (
            "CREATE TABLE things (id TEXT, name TEXT NOT NULL)",
            "`things.id` is not the key in the database, but the id in the struct",
        ),
        (
            "CREATE TABLE things (id TEXT, name TEXT NOT NULL, PRIMARY KEY (id, name))",
            "`things.name` is the key in the database, but not the id in the struct",
        ),
        (
            "CREATE TABLE things (id TEXT PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE)",
            "`things.name` compares text by NOCASE in the database",
        ),
        (
            "CREATE TABLE things (id TEXT PRIMARY KEY, name TEXT NOT NULL AS (upper(id)))",
            "`things.name` is worked out by the database",
        ),
        (
            "CREATE TABLE things (id TEXT PRIMARY KEY, name NOT NULL)",
            "`things.name` is of any type in the database, TEXT in the struct",
        ),
        (
            "CREATE TABLE things (id TEXT PRIMARY KEY, name TEXT NOT NULL, more TEXT NOT NULL)",
            "`things.more` is in the database and needs a value",
        ),
        (
            "CREATE TABLE things (name TEXT NOT NULL)",
            "`things.id` is not in the database, and a table gets its key when it is made",
        ),
    ] {
        let refused = build::<Thing>(made(table).builder().open().unwrap()).await;
        let refused = refused.expect_err(table);
        assert!(refused.contains(expect), "{table}\n{refused}");
    }
}

#[tokio::test]
async fn a_column_of_other_numbers_does_not_become_the_revision() {
    let table =
        "CREATE TABLE things (id TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL)";
    let empty = build::<VersionedThing>(made(table).builder().open().unwrap()).await;
    assert!(empty.is_ok(), "{empty:?}");
    let filled = made(&format!(
        "{table}; INSERT INTO things VALUES ('a', 'b', 40)"
    ));
    let refused = build::<VersionedThing>(filled.builder().open().unwrap()).await;
    let refused = refused.expect_err("40 is no position");
    assert!(
        refused.contains("`things.version` is in the database and holds no revisions"),
        "{refused}"
    );
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = "Things")]
struct OtherThing {
    id: String,
}

#[tokio::test]
async fn two_resources_do_not_share_a_table() {
    let app = App::builder().store(Memory::new());
    let refused = app
        .resource::<Thing>()
        .resource::<OtherThing>()
        .build()
        .await;
    let problems: Vec<_> = refused.expect_err("one table").problems().collect();
    assert_eq!(
        problems,
        [
            "other_thing: is kept in the table `Things`, as `thing` is; \
          write `#[resource(table = \"..\")]` on one of them"
        ]
    );
}
