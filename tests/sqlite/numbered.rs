//! Migrations that somebody has written, in files with numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::store::SqliteBuilder;
use sockful::{Record, Resource};

use super::schema::{build, columns};
use super::{Database, Note, stranger};

/// A note that is a list of words, which no statement of sockful's own can make of a text.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct WordsNote {
    id: String,
    text: Vec<String>,
}

/// A note whose text may be missing.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note")]
struct VagueNote {
    id: String,
    text: Option<String>,
}

const LISTS: (&str, &str) = (
    "0001_lists",
    "-- sockful: only if note exists\nUPDATE note SET text = json_array(text);",
);

async fn kept() -> Database {
    let database = Database::new();
    let (app, _) = database.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    database
}

async fn with<R: Resource + Record>(
    database: &Database,
    migrations: &[(&str, &str)],
) -> Result<App, String> {
    let store = database.builder().migrations(migrations.iter().copied());
    build::<R>(store.open().unwrap()).await
}

/// Everything that makes the database what it is, but for the rows of the resources.
fn everything(database: &Database) -> Vec<String> {
    let stranger = stranger(database.file("app.db"));
    let text = "SELECT name || ': ' || ifnull(sql, '') FROM sqlite_schema \
        UNION ALL SELECT key || ' = ' || value FROM sockful_meta \
        UNION ALL SELECT name || ' ' || checksum || at FROM sockful_migrations \
        UNION ALL SELECT id || text || sockful_rev FROM note ORDER BY 1";
    let mut statement = stranger.prepare(text).unwrap();
    let lines = statement.query_map([], |row| row.get(0)).unwrap();
    lines.map(Result::unwrap).collect()
}

#[tokio::test]
async fn they_are_run_in_their_order_each_once_and_before_what_is_missing_is_made() {
    let database = kept().await;
    let first = (
        "0001_runs",
        "CREATE TABLE runs (number); INSERT INTO runs VALUES (1)",
    );
    let second = (
        "0002_more",
        "INSERT INTO runs VALUES (2); SELECT * FROM runs;\n-- The end.",
    );
    for migrations in [&[first][..], &[first, second], &[first, second]] {
        with::<Note>(&database, migrations).await.unwrap();
    }
    let runs = |text: &str| -> String {
        let runs = stranger(database.file("app.db")).query_row(text, [], |row| row.get(0));
        runs.unwrap()
    };
    assert_eq!(runs("SELECT group_concat(number) FROM runs"), "1,2");
    assert_eq!(
        runs("SELECT group_concat(name) FROM sockful_migrations"),
        "0001_runs,0002_more"
    );
}

#[tokio::test]
async fn what_they_have_made_is_looked_at_anew() {
    let database = kept().await;
    let refused = with::<WordsNote>(&database, &[]).await;
    assert!(refused.unwrap_err().contains("write a migration"));
    let app = with::<WordsNote>(&database, &[LISTS]).await.unwrap();
    let note = app.system().get::<WordsNote>(&"a".into()).await.unwrap();
    assert_eq!(note.text, ["about a"]);

    // The struct has not changed, but the table has.
    let dropped = ("0002_gone", "ALTER TABLE note DROP COLUMN text");
    let refused = with::<WordsNote>(&database, &[LISTS, dropped]).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("`note.text` is new"), "{refused}");
}

#[tokio::test]
async fn a_table_may_be_made_anew_in_the_place_of_the_old_one() {
    let database = kept().await;
    stranger(database.file("app.db"))
        .execute_batch(
            "CREATE TABLE remark (note TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE);
             INSERT INTO remark VALUES ('a')",
        )
        .unwrap();
    let anew = (
        "0001_optional_text",
        "CREATE TABLE anew (id TEXT NOT NULL PRIMARY KEY, text TEXT, sockful_rev INTEGER NOT NULL) \
            STRICT, WITHOUT ROWID;
         INSERT INTO anew SELECT id, text, sockful_rev FROM note;
         DROP TABLE note;
         ALTER TABLE anew RENAME TO note;",
    );
    let app = with::<VagueNote>(&database, &[anew]).await.unwrap();
    let note = app.system().get::<VagueNote>(&"a".into()).await.unwrap();
    assert_eq!(note.text.as_deref(), Some("about a"));
    let remarks: i64 = stranger(database.file("app.db"))
        .query_row("SELECT count(*) FROM remark", [], |row| row.get(0))
        .unwrap();
    assert_eq!(remarks, 1);
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "note", table = "Notes & more")]
struct MovedNote {
    id: String,
    #[resource(index)]
    text: String,
}

#[tokio::test]
async fn records_move_to_a_table_of_another_name() {
    let database = kept().await;
    let moved = ("0001_moved", "ALTER TABLE note RENAME TO \"Notes & more\"");
    let app = with::<MovedNote>(&database, &[moved]).await.unwrap();
    let client = sockful::testing::TestApp::new(app).anonymous();
    let note = client.call("note", "get", serde_json::json!("a")).await;
    assert_eq!(note.meta()["rev"], 1);
}

#[tokio::test]
async fn programs_that_start_at_once_run_them_once() {
    let database = kept().await;
    let count = [(
        "0001_runs",
        "CREATE TABLE runs (it); INSERT INTO runs VALUES (1)",
    )];
    let starts = (0..4).map(|_| with::<Note>(&database, &count));
    for started in futures_util::future::join_all(starts).await {
        started.unwrap();
    }
    let runs: i64 = stranger(database.file("app.db"))
        .query_row("SELECT count(*) FROM runs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(runs, 1);
}

#[tokio::test]
async fn references_that_lead_nowhere_afterwards_are_refused() {
    let database = kept().await;
    stranger(database.file("app.db"))
        .execute_batch(
            "CREATE TABLE remark (note TEXT REFERENCES note (id)); INSERT INTO remark VALUES ('a')",
        )
        .unwrap();
    let before = everything(&database);
    let emptied = with::<Note>(&database, &[("0001_none", "DELETE FROM note")]).await;
    let refused = emptied.unwrap_err();
    assert!(
        refused.contains("rows in `remark` that refer to rows of `note`"),
        "{refused}"
    );
    assert_eq!(everything(&database), before);
}

#[tokio::test]
async fn one_that_fails_leaves_everything_as_it_was_and_is_named_with_its_statement() {
    let database = kept().await;
    let before = everything(&database);
    let good = (
        "0001_good",
        "CREATE TABLE good (it); UPDATE note SET text = 'new'",
    );
    for (text, expect) in [
        (
            "CREATE TABLE bad (it);\n-- Which does not go.\nINSERT INTO bad VALUES (1, 2); SELECT 1",
            "the migration `0002_bad` failed in statement 2: table bad has 1 columns but 2 values were supplied, \
             in: INSERT INTO bad VALUES (1, 2)",
        ),
        (
            "INSERT INTO note SELECT * FROM note",
            "failed in statement 1: UNIQUE constraint failed: note.id",
        ),
        (
            "UPDATE note SET; SELECT 1",
            "failed in statement 1: near \";\": syntax error",
        ),
        (
            "COMMIT; BEGIN",
            "failed in statement 1: migrations share one transaction",
        ),
        (
            "SELECT 1; /* now */ ROLLBACK",
            "failed in statement 2: migrations share one transaction",
        ),
    ] {
        let refused = with::<Note>(&database, &[good, ("0002_bad", text)]).await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(expect), "{refused}");
        assert_eq!(everything(&database), before, "{text}");
    }
}

#[tokio::test]
async fn what_was_run_may_not_change_or_go_or_be_overtaken() {
    let database = kept().await;
    let (first, third) = (("0001_a", "SELECT 1"), ("0003_c", "SELECT 3"));
    with::<Note>(&database, &[first, third]).await.unwrap();
    let refused = with::<Note>(&database, &[("0002_b", "SELECT 2"), ("0003_c", "SELECT 4")]).await;
    let refused = refused.unwrap_err();
    let mut problems: Vec<_> = refused.lines().collect();
    problems.sort_unstable();
    assert_eq!(
        problems,
        [
            "store: the migration `0001_a` was run on this database, but is not there any more",
            "store: the migration `0002_b` comes before `0003_c`, which was run already: give it a later number",
            "store: the migration `0003_c` has changed since it was run: write another one instead",
        ]
    );
}

#[tokio::test]
async fn in_a_new_database_one_for_a_table_of_later_has_nothing_to_do() {
    let database = Database::new();
    with::<WordsNote>(&database, &[LISTS]).await.unwrap();
    assert_eq!(columns(&database, "note"), ["id", "sockful_rev", "text"]);
    // It is done with: the notes that come are lists already.
    let app = with::<WordsNote>(&database, &[LISTS]).await.unwrap();
    let note = WordsNote {
        id: "a".into(),
        text: vec!["hello".into()],
    };
    app.system().create(note).await.unwrap();
    let app = with::<WordsNote>(&database, &[LISTS]).await.unwrap();
    let note = app.system().get::<WordsNote>(&"a".into()).await.unwrap();
    assert_eq!(note.text, ["hello"]);
}

#[tokio::test]
async fn one_that_fails_in_a_new_database_is_told_of_the_line_that_helps() {
    let database = Database::new();
    let refused =
        with::<WordsNote>(&database, &[("0001_lists", "UPDATE note SET text = ''")]).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("no such table: note"), "{refused}");
    assert!(
        refused.contains("`-- sockful: only if table exists`"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_database_in_memory_has_them_too() {
    let store = SqliteBuilder::in_memory().migrations([("1_a", "CREATE TABLE mine (it)")]);
    let store = store.open().unwrap();
    let _app = build::<Note>(store.clone()).await.unwrap();
    let made = store
        .read(|connection| connection.table_exists(None, "mine"))
        .await;
    assert!(made.unwrap());
}

#[tokio::test]
async fn switched_off_none_is_run_and_the_app_is_not_built() {
    let database = kept().await;
    let before = everything(&database);
    let store = database.builder().migrations([LISTS]).migrate(false);
    let refused = build::<WordsNote>(store.open().unwrap()).await;
    assert_eq!(
        refused.unwrap_err(),
        "store: migrations are switched off, and the migration `0001_lists` was not run"
    );
    assert_eq!(everything(&database), before);
}

#[tokio::test]
async fn planned_they_are_among_the_statements_and_nothing_has_happened() {
    let database = kept().await;
    let before = everything(&database);
    let store = database.builder().migrations([(
        "0001_shout",
        "UPDATE note SET text = upper(text);\n-- Why not.\nCREATE TABLE \"a;b\" (it)",
    )]);
    let app = App::builder()
        .store(store.open().unwrap())
        .resource::<Note>();
    let plan = app.migration_plan().await.unwrap();
    assert_eq!(
        plan,
        [
            "UPDATE note SET text = upper(text)",
            "CREATE TABLE \"a;b\" (it)"
        ]
    );
    assert_eq!(everything(&database), before);
    let app = app.build().await.unwrap();
    let note = app.system().get::<Note>(&"a".into()).await.unwrap();
    assert_eq!(note.text, "ABOUT A");
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Person {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "person")]
struct NamedPerson {
    id: String,
    name: String,
    first: String,
}

#[tokio::test]
async fn those_of_the_page_do_what_it_says() {
    let page = include_str!("../../docs/migrations.md");
    let blocks = page.split("```sql\n").skip(1);
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let names = ["0001_first_names", "0002_optional_text"];
    let shown: Vec<_> = names.into_iter().zip(blocks).collect();
    assert_eq!(shown.len(), 2);

    let database = kept().await;
    let app = build::<Person>(database.builder().open().unwrap()).await;
    let person = Person {
        id: "a".into(),
        name: "Ada Lovelace".into(),
    };
    app.unwrap().system().create(person).await.unwrap();
    let store = database.builder().migrations(shown).open().unwrap();
    let app = App::builder().store(store);
    let app = app.resource::<NamedPerson>().resource::<VagueNote>();
    let app = app.build().await.unwrap();
    let person = app.system().get::<NamedPerson>(&"a".into()).await.unwrap();
    assert_eq!((&*person.first, &*person.name), ("Ada", "Ada Lovelace"));
    let note = app.system().get::<VagueNote>(&"a".into()).await.unwrap();
    assert_eq!(note.text.as_deref(), Some("about a"));
}
