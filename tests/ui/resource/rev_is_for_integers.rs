// A revision is a position of the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Creature {
    id: Id<Self>,
    #[resource(rev)]
    version: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Dragon {
    id: Id<Self>,
    #[resource(rev)]
    version: Option<u64>,
}

fn main() {}
