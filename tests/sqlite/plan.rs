//! What a start would do, before it does it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::{Record, Resource};

use super::schema::build;
use super::{Database, Note, stranger};

/// A note with much that is new.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct NewNote {
    id: String,
    #[resource(index, renamed_from = "text")]
    body: String,
    #[serde(default = "seven")]
    weight: i64,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    cost: u64,
    #[serde(default = "quoted", skip_serializing)]
    #[resource(private)]
    secret: String,
    #[serde(default = "Default::default", skip_serializing)]
    #[resource(private)]
    parts: Vec<String>,
}

/// A note whose struct has the defaults.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[serde(default)]
#[resource(access = public, name = "note")]
struct WholeNote {
    id: String,
    text: String,
    #[serde(skip_serializing)]
    #[resource(private)]
    cost: u64,
    share: f64,
}

impl Default for WholeNote {
    fn default() -> Self {
        Self {
            id: String::new(),
            text: String::new(),
            cost: 5,
            share: 0.1,
        }
    }
}

/// A note of which nothing fits.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct WrongNote {
    id: String,
    text: i64,
    #[resource(unique)]
    weight: u8,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "sockful_log")]
struct OurLog {
    id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct UniqueNote {
    id: String,
    #[resource(unique)]
    text: String,
    #[serde(default)]
    #[resource(unique)]
    code: u64,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct IndexedNote {
    id: String,
    #[resource(unique)]
    text: String,
    #[resource(index)]
    code: Option<u64>,
}

fn seven() -> i64 {
    7
}

fn quoted() -> String {
    "it's \"7\"".to_owned()
}

async fn kept() -> Database {
    let database = Database::new();
    let (app, _) = database.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    database
}

async fn plan<R: Resource + Record>(database: &Database) -> Vec<String> {
    let store = database.builder().open().unwrap();
    let app = App::builder().store(store).resource::<R>();
    app.migration_plan().await.unwrap()
}

/// What the database is made of.
fn shape(database: &Database) -> Vec<String> {
    let stranger = stranger(database.file("app.db"));
    let text = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut statement = stranger.prepare(text).unwrap();
    let lines = statement.query_map([], |row| row.get(0)).unwrap();
    lines.map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_plan_has_the_very_statements_that_a_start_runs() {
    for (planned, built) in [
        (Database::new(), Database::new()),
        (kept().await, kept().await),
    ] {
        let before = shape(&planned);
        let statements = plan::<NewNote>(&planned).await;
        assert!(!statements.is_empty());
        assert_eq!(shape(&planned), before);
        let by_hand = stranger(planned.file("app.db"));
        for statement in &statements {
            by_hand.execute_batch(statement).unwrap();
        }
        build::<NewNote>(built.builder().open().unwrap())
            .await
            .unwrap();
        assert_eq!(shape(&planned), shape(&built));
    }
}

#[tokio::test]
async fn the_plan_of_a_change_reads_as_sql() {
    let database = kept().await;
    assert_eq!(
        plan::<NewNote>(&database).await,
        [
            r#"ALTER TABLE "note" RENAME COLUMN "text" TO "body""#,
            r#"ALTER TABLE "note" ADD COLUMN "weight" INTEGER NOT NULL DEFAULT 7"#,
            r#"ALTER TABLE "note" ADD COLUMN "cost" INTEGER NOT NULL DEFAULT 0"#,
            r#"ALTER TABLE "note" ADD COLUMN "secret" TEXT NOT NULL DEFAULT 'it''s "7"'"#,
            r#"ALTER TABLE "note" ADD COLUMN "parts" TEXT NOT NULL DEFAULT '[]'"#,
            r#"CREATE INDEX "note.body.index" ON "note" ("body")"#,
        ]
    );
}

#[tokio::test]
async fn a_new_private_field_has_its_default_in_records_that_are_older() {
    let database = kept().await;
    let app = build::<NewNote>(database.builder().open().unwrap()).await;
    let note = app.unwrap().system().get::<NewNote>(&"a".into()).await;
    let expect = NewNote {
        id: "a".into(),
        body: "about a".into(),
        weight: 7,
        cost: 0,
        secret: quoted(),
        parts: Vec::new(),
    };
    assert_eq!(note.unwrap(), expect);

    let database = kept().await;
    let app = build::<WholeNote>(database.builder().open().unwrap()).await;
    let note = app.unwrap().system().get::<WholeNote>(&"a".into()).await;
    let expect = WholeNote {
        id: "a".into(),
        text: "about a".into(),
        ..WholeNote::default()
    };
    assert_eq!(note.unwrap(), expect);
}

#[tokio::test]
async fn a_database_that_lacks_nothing_has_an_empty_plan() {
    let database = kept().await;
    assert_eq!(plan::<Note>(&database).await, [""; 0]);
}

#[tokio::test]
async fn what_has_not_changed_is_not_looked_at() {
    let database = Database::new();
    build::<UniqueNote>(database.builder().open().unwrap())
        .await
        .unwrap();
    stranger(database.file("app.db"))
        .execute_batch("DROP INDEX \"note.text.unique\"")
        .unwrap();
    // Whoever changes the tables of an app by hand must know what they do.
    assert_eq!(plan::<UniqueNote>(&database).await, [""; 0]);
    // What has changed is looked at as a whole, and so are all tables after a migration.
    let store = database.builder().migrations([("1_look", "SELECT 1")]);
    let app = App::builder()
        .store(store.open().unwrap())
        .resource::<UniqueNote>();
    assert_eq!(
        app.migration_plan().await.unwrap(),
        [
            "SELECT 1",
            r#"CREATE UNIQUE INDEX "note.text.unique" ON "note" ("text")"#
        ]
    );
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let database = kept().await;
    let store = database.builder().open().unwrap();
    let app = App::builder()
        .store(store)
        .resource::<WrongNote>()
        .resource::<OurLog>();
    let planned = app.migration_plan().await.unwrap_err();
    let built = app.build().await.unwrap_err();
    assert_eq!(planned.to_string(), built.to_string());
    let problems: Vec<_> = built.problems().collect();
    assert_eq!(
        problems,
        [
            "store: `note.text` is TEXT in the database, INTEGER in the struct: write a migration",
            "store: `note.weight` is new, and the records that are there have no value for it: \
             give it a default, or make it an `Option`",
            "store: `sockful_log` cannot be the name of a table: `sockful_` is reserved",
        ]
    );
}

#[tokio::test]
async fn values_that_are_there_twice_are_told_by_table_and_column_alone() {
    let database = kept().await;
    {
        let (app, _) = database.notes().await;
        let twin = Note {
            id: "b".into(),
            ..Note::new("a")
        };
        app.system().create(twin).await.unwrap();
    }
    let before = shape(&database);
    let refused = build::<UniqueNote>(database.builder().open().unwrap()).await;
    let refused = refused.unwrap_err();
    let told: Vec<_> = refused.lines().collect();
    let problem = |field| {
        format!(
            "store: `note.{field}` is `unique`, but several of the records that are there share a value: \
             write a migration that makes them differ, or remove the word"
        )
    };
    assert_eq!(told, [problem("text"), problem("code")]);
    assert_eq!(shape(&database), before);
}

#[tokio::test]
async fn text_that_is_too_long_for_an_index_is_told_by_table_and_column_alone() {
    let database = kept().await;
    {
        let (app, _) = database.notes().await;
        let note = Note {
            id: "long".into(),
            text: "x".repeat(2049),
        };
        app.system().create(note).await.unwrap();
    }
    let before = shape(&database);
    let refused = build::<UniqueNote>(database.builder().open().unwrap()).await;
    let expected = "store: `note.text` is to have an index, but some of the text that is there has more than 2048 bytes: \
        write a migration that cuts it, or remove the word";
    assert!(refused.unwrap_err().lines().any(|line| line == expected));
    assert_eq!(shape(&database), before);
}

#[tokio::test]
async fn an_index_goes_with_its_word() {
    let database = Database::new();
    build::<IndexedNote>(database.builder().open().unwrap())
        .await
        .unwrap();
    let statements = plan::<Note>(&database).await;
    assert_eq!(
        statements,
        [
            r#"DROP INDEX "note.text.unique""#,
            r#"DROP INDEX "note.code.index""#
        ]
    );
    let (app, _) = database.notes().await;
    for id in ["a", "b"] {
        let note = Note {
            id: id.into(),
            text: "the same".into(),
        };
        app.system().create(note).await.unwrap();
    }
}
