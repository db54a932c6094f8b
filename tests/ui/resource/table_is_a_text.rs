// The name of a table may hold anything, so it is a text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = cards)]
struct Card {
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = ["notes"])]
struct Note {
    id: Id<Self>,
}

fn main() {}
