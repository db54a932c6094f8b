//! How SQLite reads what a policy lets a caller see.

use std::sync::{Arc, Mutex};

use rusqlite::params_from_iter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::cx::Cx;
use crate::query::{Each, Query, SortKey};
use crate::row::Value;
use crate::schema::Schema;
use crate::store::sql::{self, Table};
use crate::store::sqlite::dialect;
use crate::store::{
    Caps, Committed, Listing, Opened, Sqlite, Store, StoreFuture, Stored, Transaction,
};
use crate::testing::TestApp;

/// What is known of a caller.
struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, sockful_derive::Resource)]
#[resource(crate = crate)]
#[policy(user = User, read(owner == user.id), write(owner == user.id))]
struct Deed {
    id: String,
    #[resource(index)]
    owner: String,
    text: String,
}

/// Whoever owns a deed reads what is said about it.
#[derive(Serialize, Deserialize, JsonSchema, sockful_derive::Resource)]
#[resource(crate = crate)]
#[policy(user = User, read(deed.read), write(false))]
struct Comment {
    id: String,
    #[resource(parent = Deed)]
    deed_id: String,
}

/// What a store was asked to list.
type Asked = Arc<Mutex<Vec<(Arc<Schema>, Query)>>>;

/// A store that keeps what it was asked to list.
struct Told {
    sqlite: Sqlite,
    asked: Asked,
}

impl Store for Told {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.sqlite.open(schemas)
    }

    fn caps(&self) -> Caps {
        self.sqlite.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.sqlite.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        let mut asked = self.asked.lock().unwrap();
        asked.push((Arc::clone(schema), query.clone()));
        self.sqlite.list(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        self.sqlite.commit(transaction)
    }
}

/// An app of deeds and comments, its store, and what that is asked to list.
async fn told() -> (TestApp, Sqlite, Asked) {
    let sqlite = Sqlite::in_memory().unwrap();
    let asked = Asked::default();
    let store = Told {
        sqlite: sqlite.clone(),
        asked: Arc::clone(&asked),
    };
    let app = App::builder().store(store);
    let app = app.resource::<Deed>().resource::<Comment>();
    let app = app.user(async |_: Cx, id: String| Ok(Some(User { id })));
    (TestApp::new(app.build().await.unwrap()), sqlite, asked)
}

/// A hundred for each of a thousand owners.
const DEEDS: &str = "
    WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers LIMIT 100000)
    INSERT INTO deed (id, owner, text, sockful_rev)
    SELECT printf('%06d', number), 'user ' || (number % 1000), 'a deed', 1 FROM numbers";

/// An owner among a thousand reads a hundred records of 100,000.
#[tokio::test]
async fn a_list_of_what_an_owner_may_read_reads_the_index_and_no_more() {
    let (app, sqlite, asked) = told().await;
    let filled = sqlite.on_writer(|connection| Ok(connection.execute(DEEDS, [])?));
    assert_eq!(filled.await.unwrap(), 100_000);
    let client = app.login("user 7");
    for query in [
        json!({ "$limit": 1_000 }),
        json!({ "text": "a deed", "$limit": 1_000 }),
    ] {
        let found = client.call("deed", "all", query).await;
        assert_eq!(found.result().as_array().unwrap().len(), 100);
        let (schema, query) = asked.lock().unwrap().pop().unwrap();
        let plan = plan(&sqlite, &schema, &query).await;
        assert!(
            plan.contains("USING INDEX deed.owner.index (owner=?)"),
            "{plan}"
        );
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}

#[tokio::test]
async fn a_rule_that_follows_a_parent_looks_it_up_by_an_index() {
    let (app, sqlite, asked) = told().await;
    let client = app.login("user 7");
    let query = json!({ "deed_id": "000007" });
    client.call("comment", "all", query).await.result();
    let (schema, query) = asked.lock().unwrap().pop().unwrap();
    let plan = plan(&sqlite, &schema, &query).await;
    assert!(plan.contains("comment.deed_id.index (deed_id=?)"), "{plan}");
    assert!(
        plan.contains("SEARCH ^1") && plan.contains("id=?"),
        "{plan}"
    );
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[tokio::test]
async fn the_first_of_each_value_are_found_by_the_index() {
    let sqlite = Sqlite::in_memory().unwrap();
    let app = App::builder().store(sqlite.clone()).resource::<Deed>();
    let app = app.user(async |_: Cx, id: String| Ok(Some(User { id })));
    drop(app.build().await.unwrap());
    let schema = Arc::new(Schema::of::<Deed>().unwrap());
    let filled = sqlite.on_writer(|connection| Ok(connection.execute(DEEDS, [])?));
    assert_eq!(filled.await.unwrap(), 100_000);
    let field = |name| schema.position(name).unwrap();
    let by_text = SortKey {
        field: field("text"),
        descending: false,
    };
    for sort in [vec![], vec![by_text]] {
        let values = ["user 7", "user 9", "nobody"];
        let query = Query {
            sort,
            each: Some(Each {
                field: field("owner"),
                values: values.map(|it| Value::Text(it.into())).to_vec(),
                limit: 3,
            }),
            ..Query::default()
        };
        let found = sqlite.list(&schema, &query).await.unwrap();
        assert_eq!(found.rows.len(), 6);
        let plan = plan(&sqlite, &schema, &query).await;
        assert!(plan.contains("INDEX deed.owner.index (owner=?)"), "{plan}");
        assert!(
            plan.contains("SEARCH deed USING PRIMARY KEY (id=?)"),
            "{plan}"
        );
        assert!(!plan.contains("SCAN deed"), "{plan}");
    }
}

async fn plan(sqlite: &Sqlite, schema: &Arc<Schema>, query: &Query) -> String {
    let tables = sqlite.tables().unwrap();
    let asked = sql::list(
        &dialect::Sqlite,
        &Table::new(&dialect::Sqlite, schema, &[]),
        tables,
        query,
    );
    let lines = sqlite.read(move |connection| {
        let text = format!("EXPLAIN QUERY PLAN {}", asked.text);
        let mut statement = connection.prepare(&text)?;
        let nothing = std::iter::repeat_n(rusqlite::types::Null, asked.values.len());
        let lines =
            statement.query_map(params_from_iter(nothing), |row| row.get::<_, String>(3))?;
        lines.collect::<Result<Vec<_>, _>>()
    });
    lines.await.unwrap().join("\n")
}
