// Whom changes are told is one of four words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = watched)]
struct Card {
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = [all, interest])]
struct Board {
    id: Id<Self>,
}

fn main() {}
