//! Every form of a rule against plain Rust that says the same: on random records, for random users and for nobody.
//!
//! What stands beside each rule is what the documentation says: `None` equals nothing and has no order, and for
//! nobody a part that asks about the user is false, once `!` has been pushed down to the parts.

mod forms;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestApp;
use sockful::{AppBuilder, Record, Resource};

use super::dice::{Dice, setting};
use super::ids;
use crate::support;

use forms::FORMS;

/// What the rules ask about a user.
#[derive(Clone, Debug)]
struct Person {
    id: String,
    name: Option<String>,
    team: Option<String>,
    teams: Vec<String>,
    /// With `None` among them.
    words: Vec<Option<String>>,
    admin: bool,
    banned: bool,
    level: i32,
    budget: Option<f64>,
    role: Role,
    now: jiff::Timestamp,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Admin,
    Editor,
    Guest,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Open,
    OnHold,
    Closed,
}

/// The fields that every resource here has.
#[derive(Clone, Debug, Serialize)]
struct Card {
    id: String,
    owner: String,
    team: Option<String>,
    tags: Vec<String>,
    stars: i32,
    price: Option<f64>,
    public: bool,
    state: State,
    due: Option<jiff::Timestamp>,
    hidden: Option<String>,
}

/// A rule as a resource has it, and the same in plain Rust.
struct Form {
    name: &'static str,
    rule: &'static str,
    add: fn(AppBuilder) -> AppBuilder,
    holds: fn(Option<&Person>, &Card) -> bool,
}

impl Form {
    const fn of<R: Resource + Record>(
        rule: &'static str,
        holds: fn(Option<&Person>, &Card) -> bool,
    ) -> Self {
        Self {
            name: R::FACTS.name,
            rule,
            add: AppBuilder::resource::<R>,
            holds,
        }
    }
}

const NAMES: [&str; 4] = ["ann", "bob", "cy", "an"];
const TEAMS: [&str; 3] = ["red", "blue", ""];
const TIMES: [&str; 4] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.5Z",
    "2026-01-01T02:00:00+02:00",
    "2027-01-01T00:00:00Z",
];

fn time(dice: &mut Dice) -> jiff::Timestamp {
    dice.one_of(&TIMES).parse().expect("a time")
}

fn person(dice: &mut Dice) -> Person {
    let [names, teams] = [&NAMES[..], &TEAMS[..]].map(|of| of.iter().map(ToString::to_string));
    let (names, teams): (Vec<String>, Vec<String>) = (names.collect(), teams.collect());
    let words: Vec<_> = teams.iter().cloned().map(Some).chain([None]).collect();
    Person {
        id: dice.one_of(&names),
        name: dice.maybe(&names),
        team: dice.maybe(&teams),
        teams: dice.some_of(&teams),
        words: dice.some_of(&words),
        admin: dice.once_in(3),
        banned: dice.once_in(3),
        level: dice.one_of(&[0, 1, 2, 3]),
        budget: dice.maybe(&[-0.5, 1.0, 9.99]),
        role: dice.one_of(&[Role::Admin, Role::Editor, Role::Guest]),
        now: time(dice),
    }
}

fn card(dice: &mut Dice, number: usize) -> Card {
    let texts = |of: &[&str]| -> Vec<String> { of.iter().map(ToString::to_string).collect() };
    let due = time(dice);
    Card {
        id: format!("{number:03}"),
        owner: dice.one_of(&texts(&NAMES)),
        team: dice.maybe(&texts(&TEAMS)),
        tags: dice.some_of(&texts(&NAMES)),
        stars: dice.one_of(&[0, 1, 2, 3]),
        price: dice.maybe(&[-0.5, 1.0, 9.99, 10.0]),
        public: dice.once_in(2),
        state: dice.one_of(&[State::Open, State::OnHold, State::Closed]),
        due: dice.maybe(&[due]),
        hidden: dice.maybe(&texts(&NAMES)),
    }
}

/// Who asks: users by the number in their key.
#[derive(Clone)]
struct People(Vec<Person>);

async fn app(people: &People) -> TestApp {
    support::app(|app| {
        let app = app.state(people.clone()).user(async |cx: Cx, key: String| {
            let number: usize = key.parse().map_err(Error::internal)?;
            Ok(Some(cx.state::<People>().0[number].clone()))
        });
        FORMS.iter().fold(app, |app, form| (form.add)(app))
    })
    .await
}

#[tokio::test]
async fn every_form_of_a_rule_says_what_it_says_in_rust() {
    let mut dice = Dice::new();
    let again = dice.again();
    let (users, rows) = (12, 20);
    let people = People((0..users).map(|_| person(&mut dice)).collect());
    let app = app(&people).await;
    // The last one is nobody.
    let mut clients: Vec<_> = (0..users).map(|user| app.login(user.to_string())).collect();
    clients.push(app.anonymous());
    let (mut cases, mut held) = (0, 0);
    let wanted = setting("SOCKFUL_CASES", 10_000);
    let mut round = 0;
    while cases < wanted {
        for form in FORMS {
            let mut cards = Vec::new();
            for row in 0..rows {
                let card = card(&mut dice, round * rows + row);
                forms::keep(app.app(), form.name, &card).await;
                cards.push(card);
            }
            let first = json!({ "id": { "$gte": cards[0].id }, "$limit": 1_000 });
            for (place, client) in clients.iter().enumerate() {
                let user = people.0.get(place);
                let expected: Vec<_> = cards
                    .iter()
                    .filter(|card| (form.holds)(user, card))
                    .map(|card| &*card.id)
                    .collect();
                let told = format!("`{}` for {user:?} of {cards:#?}; {again}", form.rule);
                // As the store decides,
                let all = client.call(form.name, "all", first.clone()).await;
                assert_eq!(ids(all.result()), expected, "{told}");
                let count = client.call(form.name, "count", first_only(&first)).await;
                assert_eq!(*count.result(), json!(expected.len()), "{told}");
                // and as is decided in memory.
                for card in &cards {
                    let got = client.call(form.name, "get", json!(card.id)).await;
                    assert_eq!(got.is_ok(), expected.contains(&&*card.id), "{told}");
                    cases += 1;
                }
                held += expected.len();
            }
        }
        round += 1;
    }
    eprintln!("{cases} cases, {held} of them hold; {again}");
    assert!(
        held as u64 * 5 > cases && (held as u64) * 5 < cases * 4,
        "{held} of {cases}"
    );
}

/// Of a query what can be counted.
fn first_only(query: &Value) -> Value {
    json!({ "id": query["id"] })
}

#[test]
fn every_form_is_tried_under_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = FORMS.iter().map(|form| form.name).collect();
    assert_eq!(names.len(), FORMS.len());
    assert!(FORMS.len() >= 30, "only {} forms", FORMS.len());
}
