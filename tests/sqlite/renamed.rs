//! A field gets another name; what it holds stays.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::store::Store;
use sockful::{Row, Value};

use super::schema::{build, columns};
use super::{Database, stranger};

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Person {
    id: String,
    #[resource(index)]
    name: String,
    #[resource(unique)]
    mail: Option<String>,
}

/// A person, some time later.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "person")]
struct LaterPerson {
    #[resource(renamed_from = "id")]
    #[resource(id)]
    number: String,
    #[resource(index, renamed_from = "name")]
    full_name: String,
    #[serde(rename = "e-mail")]
    #[resource(unique, renamed_from = "mail")]
    mail: Option<String>,
}

/// A person, after two more changes of one name.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "person")]
struct LatestPerson {
    #[resource(id, renamed_from = ["id", "Number"])]
    number: String,
    #[resource(index, renamed_from = ["full_name", "name"])]
    called: String,
}

async fn kept() -> Database {
    let database = Database::new();
    let app = build::<Person>(database.builder().open().unwrap()).await;
    let cx = app.unwrap().system();
    let person = Person {
        id: "a".into(),
        name: "Ann".into(),
        mail: Some("ann@example.com".into()),
    };
    cx.create(person).await.unwrap();
    cx.update::<Person, _, _>(&"a".into(), |it| it.name = "Anne".into())
        .await
        .unwrap();
    database
}

fn indexes(database: &Database) -> Vec<String> {
    let text = "SELECT name FROM sqlite_schema \
        WHERE type = 'index' AND tbl_name = 'person' AND sql IS NOT NULL ORDER BY name";
    let stranger = stranger(database.file("app.db"));
    let mut statement = stranger.prepare(text).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_renamed_field_keeps_what_it_holds() {
    let database = kept().await;
    assert_eq!(
        indexes(&database),
        ["person.mail.unique", "person.name.index"]
    );
    let app = build::<LaterPerson>(database.builder().open().unwrap()).await;
    let cx = app.unwrap().system();
    let person = cx.get::<LaterPerson>(&"a".into()).await.unwrap();
    let expect = LaterPerson {
        number: "a".into(),
        full_name: "Anne".into(),
        mail: Some("ann@example.com".into()),
    };
    assert_eq!(person, expect);
    assert_eq!(
        columns(&database, "person"),
        ["e-mail", "full_name", "number", "sockful_rev"]
    );
    let other = LaterPerson {
        number: "b".into(),
        ..expect
    };
    let taken = cx.create(other).await.unwrap_err();
    assert_eq!(taken.code(), 409);
}

#[tokio::test]
async fn its_index_goes_by_the_new_name() {
    let database = kept().await;
    let app = build::<LaterPerson>(database.builder().open().unwrap()).await;
    app.unwrap();
    assert_eq!(
        indexes(&database),
        ["person.e-mail.unique", "person.full_name.index"]
    );
}

#[tokio::test]
async fn the_log_tells_of_what_was_stored_under_the_old_name() {
    let database = kept().await;
    let store = database.builder().open().unwrap();
    let _app = build::<LaterPerson>(store.clone()).await.unwrap();
    let entries = store.since(0, 10).await.unwrap();
    let row = |name: &str| {
        let text = |text: &str| Value::Text(text.into());
        Some(Row::new(vec![
            text("a"),
            text(name),
            text("ann@example.com"),
        ]))
    };
    let rows = entries.into_iter().flat_map(|entry| entry.changes);
    let rows: Vec<_> = rows.map(|change| (change.old, change.new)).collect();
    assert_eq!(rows, [(None, row("Ann")), (row("Ann"), row("Anne"))]);
}

#[tokio::test]
async fn versions_in_between_may_be_left_out() {
    for through in [false, true] {
        let database = kept().await;
        if through {
            let later = build::<LaterPerson>(database.builder().open().unwrap()).await;
            later.unwrap();
        }
        let app = build::<LatestPerson>(database.builder().open().unwrap()).await;
        let cx = app.unwrap().system();
        let person = cx.get::<LatestPerson>(&"a".into()).await.unwrap();
        assert_eq!(person.called, "Anne");
    }
}

#[tokio::test]
async fn a_database_with_both_names_is_refused() {
    let database = kept().await;
    stranger(database.file("app.db"))
        .execute_batch("ALTER TABLE person ADD COLUMN full_name TEXT")
        .unwrap();
    let refused = build::<LaterPerson>(database.builder().open().unwrap()).await;
    let refused = refused.expect_err("nobody knows which of them counts");
    assert!(
        refused.contains("`person.full_name` and `person.name` are both in the database"),
        "{refused}"
    );
}

/// A person whose author forgot to say what the field was called before.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "person")]
struct ForgetfulPerson {
    id: String,
    #[serde(default)]
    full_name: String,
    name: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "person")]
struct TooLatePerson {
    id: String,
    #[serde(default)]
    #[resource(renamed_from = "name")]
    full_name: String,
}

#[tokio::test]
async fn what_is_said_too_late_is_refused_and_not_ignored() {
    let database = kept().await;
    let app = build::<ForgetfulPerson>(database.builder().open().unwrap()).await;
    app.unwrap();
    let refused = build::<TooLatePerson>(database.builder().open().unwrap()).await;
    let refused = refused.expect_err("the new column is there already");
    assert!(refused.contains("are both in the database"), "{refused}");
}
