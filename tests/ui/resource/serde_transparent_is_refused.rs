// A resource is an object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(transparent)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
}

fn main() {}
