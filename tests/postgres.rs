//! What is special about records in a PostgreSQL database. What holds of every store is in `stores.rs`.

mod adopted;
mod crash;
mod epoch;
mod import;
mod keys;
mod nodes;
mod numbered;
mod plans;
mod queue;
mod retention;
mod start;
mod tls;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::store::{PostgresBuilder, Store};
use sockful::testing::{Answer, TestApp, TestClient};

use crate::support::postgres::{fresh_name, shared};

/// What a test writes down.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Note {
    id: String,
    text: String,
    #[serde(default)]
    #[resource(unique)]
    code: Option<String>,
}

impl Note {
    fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let text = format!("about {id}");
        Self {
            id,
            text,
            code: None,
        }
    }
}

/// A schema of one test.
struct Place(String);

impl Place {
    fn new() -> Self {
        Self(fresh_name())
    }

    fn builder(&self) -> PostgresBuilder {
        shared().builder().schema(&self.0).readers(2)
    }

    /// An app with notes, and its store.
    async fn notes(&self) -> (App, Postgres) {
        notes(self.builder()).await
    }

    /// Asks as another program would.
    fn ask(&self, text: &str) -> String {
        shared().ask(&format!("SET search_path TO {}; {text}", self.0))
    }
}

async fn notes(builder: PostgresBuilder) -> (App, Postgres) {
    let store = builder.open().expect("the URL is one");
    let app = App::builder().store(store.clone()).resource::<Note>();
    (app.build().await.expect("notes make an app"), store)
}

fn client(app: &App) -> TestClient {
    TestApp::new(app.clone()).anonymous()
}

/// Why an app could not be built.
async fn refused(app: sockful::AppBuilder) -> String {
    let error = app.build().await.expect_err("it cannot be built");
    error.problems().collect::<Vec<_>>().join("\n")
}

async fn create(client: &TestClient, id: &str, op: &str) -> Answer {
    let note = json!({ "id": id, "text": "" });
    client
        .call_with("note", "create", note, json!({ "op": op }))
        .await
}

/// An operation id, which is a UUID.
fn op(number: usize) -> String {
    format!("6b4c2ad4-13d0-4b7e-8d4c-{number:012}")
}

fn is_unavailable(answer: &Answer) -> bool {
    !answer.is_ok() && answer.error()["name"] == "Unavailable"
}

#[tokio::test]
async fn a_record_is_a_row_that_anybody_can_read() {
    let place = Place::new();
    let (app, _store) = place.notes().await;
    app.system().create(Note::new("a")).await.unwrap();
    let row = place.ask("SELECT id, text, code IS NULL, sockful_rev FROM note");
    assert_eq!(row, "a|about a|t|1");
}

#[tokio::test]
async fn what_another_program_writes_is_answered() {
    let place = Place::new();
    let (app, _store) = place.notes().await;
    let cx = app.system();
    cx.create(Note::new("a")).await.unwrap();
    place.ask("INSERT INTO note VALUES ('b', 'theirs', 'x', 0); UPDATE note SET text = 'new' WHERE id = 'a'");
    assert_eq!(cx.get::<Note>(&"a".into()).await.unwrap().text, "new");
    let refused = client(&app)
        .call(
            "note",
            "create",
            json!({ "id": "c", "text": "", "code": "x" }),
        )
        .await;
    assert_eq!(
        refused.error()["errors"]["code"][0]["code"],
        "unique",
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_breaks_a_rule_of_others_fails_alone() {
    let place = Place::new();
    let (app, store) = place.notes().await;
    let cx = app.system();
    cx.create(Note::new("0")).await.unwrap();
    place.ask("ALTER TABLE note ADD CHECK (id <> 'bad')");
    let before = store.load();
    let ids = ["1", "bad", "2", "0", "3"];
    let created = futures_util::future::join_all(ids.map(|id| cx.create(Note::new(id)))).await;
    let done: Vec<_> = created.iter().map(Result::is_ok).collect();
    assert_eq!(done, [true, false, true, false, true]);
    assert_eq!(store.load().commits - before.commits, 3);
    assert_eq!(
        place.ask("SELECT string_agg(pos::text, ',' ORDER BY pos) FROM sockful_log"),
        "1,2,3,4"
    );
}

#[tokio::test]
async fn a_table_that_is_changed_meanwhile_is_no_obstacle() {
    let place = Place::new();
    let (app, _store) = place.notes().await;
    let cx = app.system();
    for round in 0..6 {
        cx.create(Note::new(round.to_string())).await.unwrap();
        cx.all::<Note>(Note::query()).await.unwrap();
        place.ask(&format!("ALTER TABLE note ADD COLUMN extra{round} text"));
        cx.create(Note::new(format!("{round}'"))).await.unwrap();
    }
    assert_eq!(cx.count::<Note>(Note::query()).await.unwrap(), 12);
}

#[tokio::test]
async fn a_hole_in_the_log_is_never_passed_over() {
    let place = Place::new();
    let (app, store) = place.notes().await;
    for id in ["1", "2", "3"] {
        app.system().create(Note::new(id)).await.unwrap();
    }
    place.ask("DELETE FROM sockful_log WHERE pos = 2");
    let error = store.since(0, 10).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database is damaged: position 3 of the log follows 1"
    );
    assert!(store.since(1, 10).await.is_err());
    assert_eq!(store.since(0, 1).await.unwrap().len(), 1);
    assert_eq!(store.since(2, 10).await.unwrap().len(), 1);
}

/// The values of one column, as `psql` lists them.
fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

fn results(answers: &[Answer]) -> Vec<&Value> {
    answers.iter().map(Answer::result).collect()
}
