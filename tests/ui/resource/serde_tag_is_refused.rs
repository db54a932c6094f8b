// It adds a field that is not stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(tag = "kind")]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
}

fn main() {}
