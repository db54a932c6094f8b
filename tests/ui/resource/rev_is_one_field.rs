// A record has one revision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Creature {
    id: Id<Self>,
    #[resource(rev)]
    version: u64,
    #[resource(rev)]
    revision: u64,
}

fn main() {}
