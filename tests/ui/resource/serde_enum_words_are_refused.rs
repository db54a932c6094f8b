// serde says so too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(untagged)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(tag = "t", content = "c")]
#[resource(access = public)]
struct Board {
    id: Id<Self>,
}

fn main() {}
