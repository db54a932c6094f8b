use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::*;
use crate::resource::FieldFacts as Field;
use crate::row::tests::{resource, schema_of};
use crate::store::sqlite::Durability;
use crate::store::sqlite::connection::{self, Place};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Note {
    id: String,
    text: String,
}

resource!(Note: String, "note", [Field::new("id").id(), Field::new("text")]);

/// What a start with notes says of a database that has these tables.
fn warnings(tables: &str) -> Vec<String> {
    let mut connection = connection::writer(&Place::Memory, Durability::Full).unwrap();
    connection.execute_batch(tables).unwrap();
    let start = Start {
        tables: Arc::new(Tables::new(&[Arc::new(schema_of::<Note>())])),
        migrations: Arc::new([]),
        allowed: true,
    };
    let transaction = connection.transaction().unwrap();
    prepare(&transaction, &start).unwrap().plan.warnings
}

#[test]
fn what_is_left_alone_is_told() {
    let known = "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL)";
    assert_eq!(warnings(known), [""; 0]);
    let more = "CREATE TABLE note (id TEXT PRIMARY KEY, text TEXT NOT NULL, more TEXT, \
        length INTEGER NOT NULL AS (length(text)), code TEXT NOT NULL DEFAULT 'x'); \
        CREATE UNIQUE INDEX codes ON note (code)";
    let alone = |column| {
        format!(
            "`note.{column}` is in the database, but the struct has no such field: it is left alone"
        )
    };
    let unique = "`note` has the unique index `codes` in the database, but the struct says nothing of it: \
        what breaks it is answered as an internal error";
    assert_eq!(
        warnings(more),
        [
            alone("more"),
            alone("length"),
            alone("code"),
            unique.to_owned()
        ]
    );
}
