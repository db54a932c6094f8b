//! Every role, every kind of authority, every action, every record, every way to ask: what is answered is what an oracle of plain
//! Rust says, and no byte of it holds what stands in a private field.
//!
//! Actions and methods are those of the source and of [`App::schemas`]: a new one fails until it is judged here.

mod commits;
mod creates;
mod fixture;
mod from_rust;
mod lists;
mod oracle;
mod pushes;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{AppBuilder, Resource};

use super::ids;
use crate::support::{self, source, tape};

use crate::support::counting::Counting;
use fixture::{Typed, User};
use oracle::{Record, Role, Verb};

/// How a call is made. A new road is a line here, and a module that judges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Road {
    /// A request of a client.
    Request,
    /// Several records in one request.
    Batch,
    /// Several mutations in one request, `sockful.commit`.
    Commit,
    /// The typed calls of Rust code.
    Rust,
    /// What is told of changes.
    Push,
    /// What is told of them who comes back.
    Replay,
    /// What is said about a record without changing it.
    Tell,
}

/// The app, and what was judged of it.
struct Matrix {
    app: TestApp,
    /// How often the store was asked anything.
    asked: Arc<AtomicUsize>,
    /// How many cells were judged of each action of each resource, by road.
    judged: BTreeMap<(String, String, Road), usize>,
    /// How many bytes were searched.
    heard: usize,
}

/// What came of a request.
struct Told {
    /// The error or the result.
    answer: Result<Value, Value>,
    meta: Value,
    /// How often it had the store do something.
    asked: usize,
}

impl Matrix {
    async fn new() -> Self {
        let (store, asked) = Counting::new(support::store());
        let app = fixture::add(App::builder().store(store));
        let app = app.user(async |_: Cx, key: String| Ok(Some(User::of(&key))));
        let app = app.build().await.expect("these resources make an app");
        let matrix = Self {
            app: TestApp::new(app),
            asked,
            judged: BTreeMap::new(),
            heard: 0,
        };
        for resource in matrix.resources() {
            fixture::reset(matrix.app.app(), &resource).await;
        }
        matrix
    }

    fn resources(&self) -> Vec<String> {
        let schemas = self.app.app().schemas();
        schemas.map(|schema| schema.name.to_owned()).collect()
    }

    /// The methods of a resource: of records, and of none.
    fn methods(&self, resource: &str) -> (Vec<&'static str>, Vec<&'static str>) {
        let mut schemas = self.app.app().schemas();
        let schema = schemas.find(|schema| schema.name == resource);
        let methods = &schema.expect("a resource").actions;
        let (members, others): (Vec<_>, Vec<_>) = methods.iter().partition(|it| it.member);
        let names = |of: Vec<&sockful::describe::Action>| of.iter().map(|it| it.name).collect();
        (names(members), names(others))
    }

    /// All actions of a resource.
    fn actions(&self, resource: &str) -> Vec<String> {
        let (members, others) = self.methods(resource);
        let methods = members.into_iter().chain(others).map(str::to_owned);
        builtin().into_iter().chain(methods).collect()
    }

    /// Clients of every role that can have one.
    fn clients(&self) -> Vec<(Role, TestClient)> {
        let roles = Role::ALL.into_iter().filter(|role| *role != Role::System);
        let client = |role: Role| match role.key() {
            Some(key) => self.app.login(key),
            None => self.app.anonymous(),
        };
        roles.map(|role| (role, client(role))).collect()
    }

    /// Asks, and searches the answer.
    async fn ask(&mut self, client: &TestClient, request: [Value; 4]) -> Told {
        let before = self.asked.load(Ordering::SeqCst);
        let answer = client.emit(&request).await;
        let asked = self.asked.load(Ordering::SeqCst) - before;
        let text = answer.to_json().to_string();
        tape::hear(text.as_bytes());
        self.heard += text.len();
        let arguments = answer.to_json();
        let [error, result, meta] = [0, 1, 2].map(|place| arguments[place].clone());
        let answer = if answer.is_ok() {
            Ok(result)
        } else {
            Err(error)
        };
        Told {
            answer,
            meta,
            asked,
        }
    }

    /// Judges the answer to one cell, and puts the records back where it has changed any.
    async fn judge(
        &mut self,
        cell: (&str, &str, Road),
        told: &Told,
        expected: Result<Value, Value>,
        what: &str,
    ) {
        let (resource, action, road) = cell;
        assert_eq!(told.answer, expected, "{resource} {action} {road:?} {what}");
        let key = (resource.to_owned(), action.to_owned(), road);
        *self.judged.entry(key).or_default() += 1;
        let wrote = told.meta.get("pos").is_some() && !["all", "watch"].contains(&action);
        if wrote {
            fixture::reset(self.app.app(), resource).await;
        }
    }
}

/// The names of the built-in actions, as the source has them.
fn builtin() -> Vec<String> {
    let path = source::root().join("sockful/src/action/builtin.rs");
    let text = std::fs::read_to_string(path).expect("the built-in actions");
    let table = text.split("const BUILTIN").nth(1).expect("their table");
    let table = table.split("];").next().expect("its end");
    let names = table.lines().filter_map(|line| {
        let name = line.trim().strip_prefix("(\"")?.split('"').next()?;
        Some(name.to_owned())
    });
    names.collect()
}

#[tokio::test]
async fn every_caller_is_answered_what_the_policy_says_and_no_more() {
    let mut matrix = Matrix::new().await;
    let clients = matrix.clients();
    for resource in matrix.resources() {
        records::judge(&mut matrix, &resource, &clients).await;
        creates::judge(&mut matrix, &resource, &clients).await;
        lists::judge(&mut matrix, &resource, &clients).await;
        commits::judge(&mut matrix, &resource, &clients).await;
        from_rust::judge(&mut matrix, &resource).await;
        pushes::judge(&mut matrix, &resource).await;
    }
    all_were_judged(&matrix);
}

/// Every action that there is was judged in every cell it has.
fn all_were_judged(matrix: &Matrix) {
    let mut expected = BTreeMap::new();
    for resource in matrix.resources() {
        let actions = matrix.actions(&resource);
        assert!(actions.len() >= 7, "{actions:?}");
        for action in actions {
            for (road, cells) in [
                (Road::Request, cells_of_requests(&resource, &action)),
                (Road::Batch, creates::cells_of_batches(&action)),
                (Road::Commit, commits::cells(&action)),
                (Road::Rust, from_rust::cells(&action)),
                (Road::Push, pushes::cells_by(&action, Road::Push)),
                (Road::Replay, pushes::cells_by(&action, Road::Replay)),
                (Road::Tell, pushes::cells_by(&action, Road::Tell)),
            ] {
                if cells > 0 {
                    expected.insert((resource.clone(), action.clone(), road), cells);
                }
            }
        }
    }
    assert_eq!(matrix.judged, expected);
    let cells: usize = expected.values().sum();
    eprintln!(
        "{cells} cells of {} actions, {} bytes searched",
        expected.len(),
        matrix.heard
    );
    let names: BTreeSet<_> = matrix
        .judged
        .keys()
        .map(|(resource, ..)| resource)
        .collect();
    assert_eq!(names.len(), 10);
    assert!(cells > 20_000, "only {cells} cells");
    assert!(matrix.heard > 1_000_000, "only {} bytes", matrix.heard);
}

/// How many cells an action has by requests.
///
/// # Panics
/// For an action that nobody judges.
fn cells_of_requests(resource: &str, action: &str) -> usize {
    let records = records::cells(action);
    let creates = creates::cells(action);
    let lists = lists::cells(resource, action);
    let cells = records.or(creates).or(lists).or(pushes::cells(action));
    let cells = cells.unwrap_or_else(|| panic!("nobody judges `{action}` of a {resource}"));
    cells * (Role::ALL.len() - 1)
}

#[tokio::test]
async fn the_search_would_find_a_secret() {
    let matrix = Matrix::new().await;
    let system = matrix.app.app().system();
    // As Rust code has it, a secret is there.
    let safe = system.all(fixture::safes()).await.expect("safes");
    assert_eq!(safe.len(), 3);
    let told = format!("{safe:?}");
    for secret in &tape::SECRETS[..3] {
        assert!(told.contains(secret));
    }
    assert!(told.contains(&tape::SECRET_NUMBERS[0].to_string()));
    assert!(tape::secret_in(told.as_bytes()).is_some());
}
