// Redundant words are mistakes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    #[resource(index, unique)]
    id: Id<Self>,
}

fn main() {}
