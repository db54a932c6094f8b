//! Unique values that move from one record to another.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Notes, text};
use crate::resource::FieldFacts as Field;
use crate::row::tests::{resource, schema_of};
use crate::row::{Row, Value};
use crate::store::{Expect, Store, StoreError, Write};

/// Unique values that are never null.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Serial {
    id: String,
    code: String,
    number: i64,
    size: f64,
}

resource!(Serial: String, "serial", [
    Field::new("id").id(),
    Field::new("code").unique(),
    Field::new("number").unique(),
    Field::new("size").unique(),
]);

#[tokio::test]
async fn two_records_may_swap_a_unique_value() {
    let notes = Notes::open().await;
    let both = vec![
        notes.write("a", Expect::Absent, Some("1")),
        notes.write("b", Expect::Absent, Some("2")),
    ];
    let pos = notes.commit(both).await.unwrap().pos;
    let swapped = vec![
        notes.write("a", Expect::Rev(pos), Some("2")),
        notes.write("b", Expect::Rev(pos), Some("1")),
    ];
    let committed = notes.commit(swapped).await.unwrap();
    assert_eq!(committed.changes[0].old.as_ref().unwrap()[2], text("1"));
    assert_eq!(
        notes.codes().await,
        [(text("a"), text("2")), (text("b"), text("1"))]
    );
}

#[tokio::test]
async fn records_that_swap_unique_values_keep_the_columns_that_no_field_has() {
    let serials = Arc::new(schema_of::<Serial>());
    let notes = Notes::open_beside(std::slice::from_ref(&serials)).await;
    notes
        .upset(|connection| {
            for table in ["note", "serial"] {
                let text = format!("ALTER TABLE {table} ADD COLUMN extra TEXT");
                connection.execute_batch(&text).unwrap();
            }
        })
        .await;
    let serial = |id: &str, expect, code: &str, number| Write {
        schema: serials.clone(),
        id: text(id),
        expect,
        row: Some(Row::new(vec![
            text(id),
            text(code),
            Value::Int(number),
            Value::Float(0.5 + f64::from(i32::try_from(number).unwrap())),
        ])),
    };
    let created = vec![
        notes.write("a", Expect::Absent, Some("1")),
        notes.write("b", Expect::Absent, Some("2")),
        serial("a", Expect::Absent, "1", 1),
        serial("b", Expect::Absent, "2", 2),
        serial("c", Expect::Absent, "3", 3),
    ];
    let rev = Expect::Rev(notes.commit(created).await.unwrap().pos);
    notes
        .upset(|connection| {
            for table in ["note", "serial"] {
                let text = format!("UPDATE {table} SET extra = '{table} ' || id");
                connection.execute_batch(&text).unwrap();
            }
        })
        .await;
    let moved = vec![
        notes.write("a", rev, Some("2")),
        notes.write("b", rev, Some("1")),
        serial("a", rev, "2", 2),
        serial("b", rev, "3", 3),
        serial("c", rev, "1", 1),
    ];
    let pos = notes.commit(moved).await.unwrap().pos;
    let question = "SELECT extra FROM note UNION ALL \
                    SELECT extra || ' ' || code || ' ' || number || ' ' || size FROM serial ORDER BY 1";
    let kept: Vec<Option<String>> = notes
        .store
        .read(move |it| {
            let mut statement = it.prepare(question)?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
        .await
        .unwrap();
    let kept: Vec<_> = kept.iter().map(Option::as_deref).collect();
    let expected = [
        "note a",
        "note b",
        "serial a 2 2 2.5",
        "serial b 3 3 3.5",
        "serial c 1 1 1.5",
    ];
    assert_eq!(kept, expected.map(Some));
    let stored = notes.store.get(&serials, &text("a")).await.unwrap();
    assert_eq!(stored.unwrap().rev, pos);
}

#[tokio::test]
async fn a_unique_value_moves_within_a_transaction() {
    let notes = Notes::open().await;
    let one = vec![notes.write("a", Expect::Absent, Some("1"))];
    let pos = notes.commit(one).await.unwrap().pos;
    let moved = vec![
        notes.write("b", Expect::Absent, Some("1")),
        notes.write("a", Expect::Rev(pos), None),
    ];
    notes.commit(moved).await.unwrap();
    assert_eq!(
        notes.codes().await,
        [(text("a"), Value::Null), (text("b"), text("1"))]
    );
}

#[tokio::test]
async fn a_value_that_a_record_keeps_is_not_free_for_the_others() {
    let notes = Notes::open().await;
    let one = vec![notes.write("a", Expect::Absent, Some("1"))];
    let pos = notes.commit(one).await.unwrap().pos;
    let both = vec![
        notes.write("b", Expect::Absent, Some("1")),
        notes.write("a", Expect::Rev(pos), Some("1")),
    ];
    let refused = notes.commit(both).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unique { write: 1, field: 2 }));
    assert_eq!(notes.codes().await, [(text("a"), text("1"))]);
}
