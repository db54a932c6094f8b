// The attribute is a list of words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource = "public"]
struct Card {
    id: Id<Self>,
}

fn main() {}
