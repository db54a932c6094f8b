// A misspelt word is told from the ones that exist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remot)]
struct Card {
    id: Id<Self>,
}

fn main() {}
