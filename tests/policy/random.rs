//! Rules that nobody thought of: whatever a policy by hand says, every road to a record says the same as an oracle of
//! plain Rust.

mod oracle;
mod rules;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::Policy;
use sockful::prelude::*;
use sockful::query::{Filter, FilterOf};
use sockful::testing::{Answer, TestApp, TestClient};

use super::dice::{Dice, setting};
use super::ids;
use crate::support;

/// The facts of a user: rules that were drawn by the number in the key.
#[derive(Clone, Debug)]
struct Ruled {
    read: Filter,
    create: Filter,
    update: Filter,
    destroy: Filter,
}

/// A record with a field of every kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(policy)]
struct Thing {
    id: String,
    name: String,
    nick: Option<String>,
    count: i64,
    share: Option<f64>,
    flag: bool,
    due: Option<jiff::Timestamp>,
    tags: Vec<String>,
    nest: BTreeMap<String, Option<i32>>,
}

impl Policy for Thing {
    type User = Ruled;

    fn read(user: Option<&Ruled>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |user| FilterOf::new(user.read.clone()))
    }

    fn create(user: Option<&Ruled>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |user| FilterOf::new(user.create.clone()))
    }

    fn update(user: Option<&Ruled>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |user| FilterOf::new(user.update.clone()))
    }

    fn destroy(user: Option<&Ruled>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |user| FilterOf::new(user.destroy.clone()))
    }
}

async fn things() -> TestApp {
    support::app(|app| {
        app.resource::<Thing>().user(async |_: Cx, key: String| {
            let number: u64 = key.parse().map_err(Error::internal)?;
            Ok(Some(rules::drawn(&mut Dice::of(number))))
        })
    })
    .await
}

/// What is stored, by id, and how often an answer was judged.
struct Model {
    things: BTreeMap<String, Thing>,
    cases: u64,
    /// How many of them were done, hidden, and forbidden.
    outcomes: [u64; 3],
}

impl Model {
    /// Judges the answer about a record: what it should show, or why it was refused.
    fn judge(&mut self, answer: &Answer, expected: Result<Option<Thing>, u16>, told: &str) {
        self.cases += 1;
        match expected {
            Ok(shown) => {
                self.outcomes[0] += 1;
                // Read as Rust reads it: a time is written in several ways.
                let answered = serde_json::from_value(answer.result().clone());
                assert_eq!(answered.ok(), Some(shown), "{told}");
            }
            Err(code) => {
                self.outcomes[if code == 404 { 1 } else { 2 }] += 1;
                assert_eq!(answer.error()["code"], code, "{told}");
            }
        }
    }

    /// What is answered of a record that was written.
    fn shown(rules: &Ruled, thing: &Thing) -> Option<Thing> {
        let shown = oracle::holds(&rules.read, thing);
        shown.then(|| thing.clone())
    }
}

#[tokio::test]
async fn whatever_a_policy_says_every_road_to_a_record_says_the_same() {
    let app = things().await;
    let mut dice = Dice::new();
    let mut model = Model {
        things: BTreeMap::new(),
        cases: 0,
        outcomes: [0; 3],
    };
    for number in 0..12 {
        let thing = rules::thing(&mut dice, format!("{number:02}"));
        let created = app.app().system().create(thing.clone()).await;
        created.expect("there is room");
        model.things.insert(thing.id.clone(), thing);
    }
    let wanted = setting("SOCKFUL_CASES", 10_000);
    let mut user = 0;
    while model.cases < wanted {
        let rules = rules::drawn(&mut Dice::of(user));
        let client = app.login(user.to_string());
        let told = format!("user {user}: {rules:#?}; {}", dice.again());
        lists(&mut model, &client, &rules, &told).await;
        records(&mut model, &client, &rules, &told).await;
        changes(&mut model, &client, &rules, &mut dice, &told).await;
        user += 1;
    }
    let kept = app.app().system().all(Thing::query()).await;
    let expected: Vec<_> = model.things.into_values().collect();
    assert_eq!(kept.expect("a list"), expected);
    let cases = model.cases;
    eprintln!(
        "{cases} cases, of them done, hidden, forbidden: {:?}",
        model.outcomes
    );
    assert!(
        model.outcomes.iter().all(|some| some * 20 > cases),
        "{:?}",
        model.outcomes
    );
}

async fn lists(model: &mut Model, client: &TestClient, rules: &Ruled, told: &str) {
    let readable = model.things.values();
    let readable = readable.filter(|thing| oracle::holds(&rules.read, thing));
    let expected: Vec<_> = readable.map(|thing| thing.id.clone()).collect();
    let all = client.call("thing", "all", json!({})).await;
    assert_eq!(ids(all.result()), expected, "{told}");
    let count = client.call("thing", "count", json!({})).await;
    assert_eq!(*count.result(), expected.len(), "{told}");
    // What the caller asks for is asked of these alone.
    let flagged = json!({ "$not": { "flag": false } });
    let some = client.call("thing", "all", flagged).await;
    let flagged = expected.iter().filter(|id| model.things[*id].flag);
    assert_eq!(ids(some.result()), flagged.collect::<Vec<_>>(), "{told}");
    model.cases += model.things.len() as u64;
}

async fn records(model: &mut Model, client: &TestClient, rules: &Ruled, told: &str) {
    for thing in model.things.clone().into_values() {
        let expected = if oracle::holds(&rules.read, &thing) {
            Ok(Some(thing.clone()))
        } else {
            Err(404)
        };
        let got = client.call("thing", "get", json!(thing.id)).await;
        model.judge(&got, expected, told);
    }
}

/// Updates, replaces and destroys some, and makes some.
async fn changes(
    model: &mut Model,
    client: &TestClient,
    rules: &Ruled,
    dice: &mut Dice,
    told: &str,
) {
    let refused = |old: &Thing, verb: &Filter| {
        if !oracle::holds(&rules.read, old) {
            Some(404)
        } else {
            (!oracle::holds(verb, old)).then_some(403)
        }
    };
    for old in model.things.clone().into_values() {
        let new = rules::thing(dice, old.id.clone());
        let action = dice.one_of(&["update", "replace", "destroy"]);
        let told = format!("{action} of {old:?} to {new:?}, {told}");
        if action == "destroy" {
            let expected = refused(&old, &rules.destroy).map_or_else(|| Ok(Some(old.clone())), Err);
            let gone = client.call("thing", "destroy", json!(old.id)).await;
            if expected.is_ok() {
                model.things.remove(&old.id);
            }
            model.judge(&gone, expected, &told);
            made(model, client, rules, new, &told).await;
            continue;
        }
        let forbidden = || (!oracle::holds(&rules.update, &new)).then_some(403);
        let expected = match refused(&old, &rules.update).or_else(forbidden) {
            Some(code) => Err(code),
            None => Ok(Model::shown(rules, &new)),
        };
        let changed = client.call("thing", action, json!(new)).await;
        if expected.is_ok() {
            model.things.insert(new.id.clone(), new);
        }
        model.judge(&changed, expected, &told);
    }
    // Those who may do little leave something for the next.
    for number in 0..12 {
        let id = format!("{number:02}");
        if !model.things.contains_key(&id) {
            let thing = rules::thing(dice, id);
            made(model, client, rules, thing, told).await;
        }
    }
}

async fn made(model: &mut Model, client: &TestClient, rules: &Ruled, thing: Thing, told: &str) {
    let allowed = oracle::holds(&rules.create, &thing);
    let expected = match (allowed, model.things.contains_key(&thing.id)) {
        (false, _) => Err(403),
        (true, true) => Err(409),
        (true, false) => Ok(Model::shown(rules, &thing)),
    };
    let created = client.call("thing", "create", json!(thing)).await;
    if expected.is_ok() {
        model.things.insert(thing.id.clone(), thing);
    }
    model.judge(&created, expected, told);
}
