// A misspelt value is no decision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = pubic)]
struct Card {
    id: Id<Self>,
}

fn main() {}
