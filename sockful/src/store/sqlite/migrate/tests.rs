use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::resource::{FieldFacts as Field, Record, Resource};
use crate::row::tests::{resource, schema_of};
use crate::store::Durability;
use crate::store::sql::migrate::progress::tests::logged;
use crate::store::sqlite::connection::{self, Place};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Note {
    id: String,
    text: String,
}

resource!(Note: String, "note", [Field::new("id").id(), Field::new("text")]);

#[derive(Serialize, Deserialize, JsonSchema)]
struct IndexedNote {
    id: String,
    text: String,
}

resource!(IndexedNote: String, "note", [Field::new("id").id(), Field::new("text").unique()]);

fn start<R: Resource + Record>() -> Start {
    Start {
        tables: Arc::new(Tables::new(&[Arc::new(schema_of::<R>())], dialect::table)),
        migrations: Arc::new([]),
        allowed: true,
        mark: None,
    }
}

fn memory() -> Connection {
    connection::writer(&Place::Memory, Durability::Full).unwrap()
}

/// What a start with notes says of a database that has these tables.
fn warnings(tables: &str) -> Vec<String> {
    let mut connection = memory();
    connection.execute_batch(tables).unwrap();
    let start = start::<Note>();
    let transaction = connection.transaction().unwrap();
    prepare(&transaction, &start).unwrap().plan.warnings
}

#[test]
fn what_is_left_alone_is_told() {
    let known = "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)";
    assert_eq!(warnings(known), [""; 0]);
    let more = "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL, more TEXT, \
        place TEXT REFERENCES places (id), length INTEGER NOT NULL AS (length(text)), code TEXT NOT NULL DEFAULT 'x'); \
        CREATE UNIQUE INDEX codes ON note (code)";
    let alone = |column| {
        format!(
            "`note.{column}` is in the database, but the struct has no such field: it is left alone"
        )
    };
    let unique = "`note` has the unique index `codes` in the database, but the struct says nothing of it: \
        what breaks it is answered as an internal error";
    let key = "`note.place` refers to `places` in the database, but the struct has no such parent: \
        what breaks it is answered as a conflict";
    assert_eq!(
        warnings(more),
        [
            alone("more"),
            alone("place"),
            alone("length"),
            alone("code"),
            unique.to_owned(),
            key.to_owned()
        ]
    );
}

#[test]
fn an_index_on_a_long_table_is_told_of_before_and_after_and_nothing_else_is() {
    let mut connection = memory();
    let first = logged(|| {
        run(&mut connection, &start::<Note>()).unwrap();
    });
    assert_eq!(first, "");
    connection
        .execute_batch(
            "WITH RECURSIVE number (it) AS (SELECT 1 UNION ALL SELECT it + 1 FROM number WHERE it < 100000) \
             INSERT INTO note SELECT it, 'about ' || it, it FROM number",
        )
        .unwrap();
    let second = logged(|| {
        run(&mut connection, &start::<IndexedNote>()).unwrap();
    });
    let statement = r#"CREATE UNIQUE INDEX "note.text.unique" ON "note" ("text")"#;
    assert_eq!(
        second,
        format!(
            "migration begins: {statement} (rows 100000)\nmigration done: {statement} (took)\n"
        )
    );
    let made = connection.execute("INSERT INTO note VALUES ('new', 'about 7', 1)", []);
    assert!(made.is_err());
}
