// The attribute by itself decides nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy]
struct Card {
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy = "public"]
struct Board {
    id: Id<Self>,
}

fn main() {}
