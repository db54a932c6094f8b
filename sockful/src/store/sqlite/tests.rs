//! What cannot be seen from outside: what a commit does that SQLite will not have.

mod answers;
mod broken;
mod plans;
mod unique;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::Sqlite;
use super::connection::{self, Place};
use super::writer::Job;
use crate::query::{Filter, Path, Query, SortKey, Test, fit};
use crate::resource::{FieldFacts as Field, Registry};
use crate::row::tests::{resource, schema_of};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{
    Committed, Durability, Expect, Operation, OperationKey, Store, StoreError, Transaction, Write,
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Note {
    id: String,
    text: String,
    code: Option<String>,
}

resource!(Note: String, "note", [
    Field::new("id").id(),
    Field::new("text").index(),
    Field::new("code").unique(),
]);

struct Notes {
    store: Sqlite,
    schema: Arc<Schema>,
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

impl Notes {
    async fn open() -> Self {
        Self::open_beside(&[]).await
    }

    async fn open_beside(others: &[Arc<Schema>]) -> Self {
        let store = Sqlite::in_memory().unwrap();
        let schema = Arc::new(schema_of::<Note>());
        let all = [std::slice::from_ref(&schema), others].concat();
        store.open(&all).await.unwrap();
        Self { store, schema }
    }

    fn write(&self, id: &str, expect: Expect, code: Option<&str>) -> Write {
        let code = code.map_or(Value::Null, text);
        Write {
            schema: self.schema.clone(),
            id: text(id),
            expect,
            row: Some(Row::new(vec![text(id), text("hello"), code])),
        }
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, StoreError> {
        self.store.commit(transaction(writes)).await
    }

    async fn create(&self, id: &str) -> Result<Committed, StoreError> {
        self.commit(vec![self.write(id, Expect::Absent, None)])
            .await
    }

    async fn codes(&self) -> Vec<(Value, Value)> {
        let listing = self.store.list(&self.schema, &Default::default()).await;
        let rows = listing.unwrap().rows.into_iter();
        rows.map(|it| (it.row[0].clone(), it.row[2].clone()))
            .collect()
    }

    /// Creates several records that share a transaction.
    async fn create_together(&self, ids: [&str; 3]) -> Vec<Result<Committed, StoreError>> {
        let release = self.hold();
        let commits = futures_util::future::join_all(ids.map(|id| self.create(id)));
        let release = async {
            tokio::task::yield_now().await;
            drop(release);
        };
        tokio::join!(commits, release).0
    }

    /// Has this table refuse whatever has the id `bad`.
    async fn refuse_in(&self, table: &'static str) {
        let trigger = format!(
            "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.{table} WHEN new.id = 'bad' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        );
        self.upset(move |connection| connection.execute_batch(&trigger).unwrap())
            .await;
    }

    /// Does something to the connection that writes.
    async fn upset(&self, upset: impl FnOnce(&mut rusqlite::Connection) + Send + 'static) {
        let upset = move |connection: &mut rusqlite::Connection| {
            upset(connection);
            Ok(())
        };
        self.store.on_writer(upset).await.unwrap();
    }

    /// Keeps the writer busy until the sender is dropped, so that commits wait together.
    fn hold(&self) -> oneshot::Sender<()> {
        let (release, released) = oneshot::channel();
        let wait = Box::new(move |_: &mut rusqlite::Connection| {
            let _ = released.blocking_recv();
        });
        self.store.0.writes.push(Job::Work(wait)).unwrap();
        release
    }
}

fn transaction(writes: Vec<Write>) -> Transaction {
    Transaction {
        writes,
        ..Transaction::default()
    }
}

#[tokio::test]
async fn acknowledged_means_synced_unless_told_otherwise() {
    let folder = std::env::temp_dir().join(format!("sockful-sync-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let place = Place::File(folder.join("app.db"));
    for (durability, expect) in [
        (Durability::default(), 2),
        (Durability::Full, 2),
        (Durability::Relaxed, 1),
    ] {
        let connection = connection::writer(&place, durability).unwrap();
        let level: i64 = connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(level, expect, "{durability:?}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn commits_that_wait_together_share_a_transaction_and_one_refusal_harms_no_other() {
    let notes = Notes::open().await;
    notes.create("0").await.unwrap();
    let before = notes.store.load();
    let release = notes.hold();
    let ids = ["1", "2", "0", "3"];
    let commits = futures_util::future::join_all(ids.map(|id| notes.create(id)));
    let release = async {
        tokio::task::yield_now().await;
        drop(release);
    };
    let (results, ()) = tokio::join!(commits, release);
    let positions: Vec<_> = results
        .iter()
        .map(|it| it.as_ref().ok().map(|it| it.pos))
        .collect();
    assert_eq!(positions, [Some(2), Some(3), None, Some(4)]);
    assert!(matches!(results[2], Err(StoreError::Exists { write: 0 })));
    let after = notes.store.load();
    assert_eq!(after.commits - before.commits, 3);
    assert_eq!(after.transactions - before.transactions, 1);
}

#[tokio::test]
async fn a_commit_that_fails_fails_for_all_who_shared_it() {
    let notes = Notes::open().await;
    notes.create("0").await.unwrap();
    notes
        .upset(|connection| connection.commit_hook(Some(|| true)).unwrap())
        .await;
    // What the others are told would be wrong once the first is undone.
    for result in notes.create_together(["1", "1", "1"]).await {
        assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}");
    }
    notes
        .upset(|connection| connection.commit_hook(None::<fn() -> bool>).unwrap())
        .await;
    assert_eq!(notes.create("1").await.unwrap().pos, 2);
    assert_eq!(notes.codes().await.len(), 2);
}

#[tokio::test]
async fn a_row_that_the_database_refuses_harms_no_other() {
    let notes = Notes::open().await;
    notes.refuse_in("note").await;
    let results = notes.create_together(["1", "bad", "2"]).await;
    let positions: Vec<_> = results
        .iter()
        .map(|it| it.as_ref().ok().map(|it| it.pos))
        .collect();
    assert_eq!(positions, [Some(1), None, Some(2)]);
    assert!(matches!(results[1], Err(StoreError::Failed(_))));
    assert_eq!(notes.codes().await.len(), 2);
}

#[tokio::test]
async fn a_row_whose_entry_in_the_log_fails_is_undone_with_those_before_it() {
    let notes = Notes::open().await;
    notes.refuse_in("sockful_log").await;
    let results = notes.create_together(["1", "bad", "2"]).await;
    assert!(matches!(results[0], Err(StoreError::Failed(_))));
    assert!(matches!(results[1], Err(StoreError::Failed(_))));
    // The one behind it begins anew.
    assert_eq!(results[2].as_ref().unwrap().pos, 1);
    assert_eq!(notes.codes().await, [(text("2"), Value::Null)]);
}

#[tokio::test]
async fn a_panic_undoes_its_own_commit_and_no_other() {
    let notes = Notes::open().await;
    let mut panics = transaction(vec![notes.write("a", Expect::Absent, None)]);
    panics.operation = Some(Operation {
        key: OperationKey {
            user: "ann".into(),
            op: "1".into(),
        },
        request: [0; 32],
        answer: Box::new(|_| panic!("no answer")),
    });
    let (panicked, created) = tokio::join!(notes.store.commit(panics), notes.create("b"));
    assert!(panicked.unwrap_err().to_string().contains("no answer"));
    assert_eq!(created.unwrap().pos, 1);
    assert_eq!(notes.codes().await, [(text("b"), Value::Null)]);
}

#[tokio::test]
async fn without_room_nothing_is_written_and_reads_go_on() {
    let notes = Notes::open().await;
    notes.create("a").await.unwrap();
    notes
        .upset(|connection| {
            let pages: i64 = connection
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .unwrap();
            connection
                .pragma_update(None, "max_page_count", pages)
                .unwrap();
        })
        .await;
    let mut big = notes.write("b", Expect::Absent, None);
    big.row = Some(Row::new(vec![
        text("b"),
        text(&"x".repeat(100_000)),
        Value::Null,
    ]));
    let full = notes.commit(vec![big]).await.unwrap_err();
    assert!(matches!(full, StoreError::Unavailable(_)), "{full:?}");
    assert_eq!(notes.codes().await.len(), 1);
    notes
        .upset(|connection| {
            connection
                .pragma_update(None, "max_page_count", 1_000_000)
                .unwrap();
        })
        .await;
    assert_eq!(notes.create("b").await.unwrap().pos, 2);
}

#[tokio::test]
async fn no_filter_that_fits_is_too_deep_for_sqlite() {
    let notes = Notes::open().await;
    notes.create("a").await.unwrap();
    let schema = &notes.schema;
    let nested = |levels: usize| {
        let same = |text: &str| Filter::Test(Path::field(1), Test::Equal(self::text(text)));
        let inner = (0..levels).fold(same("hello"), |inner, _| {
            let or = Filter::Or(vec![same("other"), inner]);
            Filter::And(vec![
                same("hello"),
                Filter::Not(Box::new(!or)),
                Filter::all(),
            ])
        });
        let mut query = Query {
            filter: inner,
            sort: vec![SortKey {
                field: 2,
                descending: true,
            }],
            ..Query::default()
        };
        fit(&mut query, schema, &Registry::default()).map(|()| query)
    };
    let most = (0..).take_while(|levels| nested(*levels).is_ok()).last();
    let most = most.expect("none at all fits");
    assert!(most > 100, "{most}");
    let deepest = nested(most).unwrap();
    let found = notes.store.list(schema, &deepest).await.unwrap();
    assert_eq!(found.rows.len(), 1);
}

#[tokio::test]
async fn a_value_that_is_not_what_the_field_holds_is_never_a_record() {
    let notes = Notes::open().await;
    notes.create("a").await.unwrap();
    notes
        .upset(|connection| {
            let text = "UPDATE note SET text = CAST(x'ff' AS TEXT)";
            connection.execute_batch(text).unwrap();
        })
        .await;
    let damaged = notes
        .store
        .get(&notes.schema, &text("a"))
        .await
        .unwrap_err();
    assert_eq!(
        damaged.to_string(),
        "the database is damaged: `note.text` holds what is not text"
    );
}
