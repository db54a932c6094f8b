//! The rules that a record and an argument state by garde: when they are checked, and how a mistake is told.

mod arguments;
mod by_hand;
mod errors;
mod methods;
mod records;
mod schema;

use std::collections::HashSet;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{Error, FieldError};

use crate::support;

/// A card with rules of every kind.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, Resource)]
#[serde(rename_all = "camelCase")]
#[garde(allow_unvalidated)]
#[resource(access = public, remote)]
struct Card {
    id: String,
    #[garde(length(min = 1, max = 20))]
    #[resource(unique)]
    title: String,
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 5))]
    story_points: u8,
    #[garde(email)]
    #[serde(rename = "assignee")]
    owner: Option<String>,
    #[serde(default)]
    #[garde(length(max = 3), inner(ascii, length(chars, min = 2)))]
    tags: Vec<String>,
    #[serde(default)]
    #[garde(dive)]
    cover: Option<Cover>,
    #[serde(default)]
    #[garde(dive)]
    steps: Vec<Step>,
    #[serde(default)]
    #[garde(pattern("^[a-z]*$"))]
    slug: String,
    #[serde(default)]
    #[garde(matches(slug))]
    same_slug: String,
    #[serde(default, skip_serializing)]
    #[garde(custom(no_riches))]
    #[resource(private)]
    cost: u64,
    #[serde(default, skip_serializing)]
    #[garde(length(chars, max = 4))]
    #[resource(write_only)]
    pin: String,
}

fn one() -> u8 {
    1
}

fn no_riches(cost: &u64, _: &()) -> garde::Result {
    if *cost > 100 {
        return Err(garde::Error::new(format!("{cost} is canary")));
    }
    Ok(())
}

/// A picture.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Cover {
    Colour {
        #[garde(range(max = 360))]
        hue_angle: u16,
    },
    Link(#[garde(length(min = 5))] String),
}

/// What is to be done first.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(rename_all = "camelCase")]
struct Step {
    #[garde(length(min = 1))]
    short_name: String,
    #[serde(default)]
    #[garde(custom(no_rude_word))]
    note: String,
}

fn no_rude_word(note: &str, _: &()) -> garde::Result {
    if note.contains("damn") {
        return Err(garde::Error::new("is rude"));
    }
    Ok(())
}

#[remote]
impl Card {
    /// Takes arguments with rules, and without.
    #[remote]
    fn plan(
        &self,
        step: Step,
        more: Option<Vec<Step>>,
        #[remote(default)] limit: Limit,
        times: u8,
    ) -> usize {
        drop((step, limit));
        more.map_or(0, |more| more.len()) + usize::from(times)
    }

    /// Sets the title, whatever it is.
    #[remote]
    fn entitle(&mut self, title: String) {
        self.title = title;
    }

    /// Sets the price, which no client sees.
    #[remote]
    fn price(&mut self, cost: u64) {
        self.cost = cost;
    }

    /// Checks what no rule can.
    #[remote]
    fn rename(&mut self, title: String) -> Result<()> {
        if title == "taken" {
            return Err(Error::invalid([
                FieldError::new("title", "too_common", "is too common"),
                FieldError::new("tags[0]", "off_topic", "has nothing to do with it"),
            ]));
        }
        self.title = title;
        Ok(())
    }

    /// Creates a card by the context.
    #[remote]
    async fn draw(cx: &Cx, title: String) -> Result<String> {
        let card = serde_json::from_value(json!({ "id": "drawn", "title": title }));
        match cx.create::<Self>(card.map_err(Error::internal)?).await {
            Ok(card) => Ok(card.id),
            Err(error) => Ok(error.message().to_owned()),
        }
    }
}

/// A number with a rule, which its default keeps.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate)]
#[garde(transparent)]
#[serde(transparent)]
struct Limit(#[garde(range(min = 1))] u32);

impl Default for Limit {
    fn default() -> Self {
        Self(10)
    }
}

/// The card `a`, and nothing wrong with it.
async fn card() -> (TestApp, TestClient) {
    let app = support::app(|app| app.resource::<Card>()).await;
    let client = app.anonymous();
    let card = client
        .call("card", "create", json!({ "id": "a", "title": "A" }))
        .await;
    card.result();
    (app, client)
}

/// Everything that is wrong, as a form would show it: the path, and code and message of each.
async fn mistakes(client: &TestClient, action: &str, payload: Value) -> Value {
    let answer = client.call("card", action, payload).await;
    let error = answer.error();
    assert_eq!(
        (&error["code"], &error["name"], &error["reason"]),
        (&json!(422), &json!("Unprocessable"), &json!("invalid")),
        "{answer:?}"
    );
    error["errors"].clone()
}

/// One mistake with its parameters.
fn mistake(code: &str, message: &str, params: Value) -> Value {
    let mut mistake = json!({ "code": code, "message": message });
    if !params.is_null() {
        mistake["params"] = params;
    }
    json!([mistake])
}

/// The paths at fault.
fn paths(errors: &Value) -> HashSet<String> {
    errors
        .as_object()
        .into_iter()
        .flatten()
        .map(|(path, _)| path.clone())
        .collect()
}
