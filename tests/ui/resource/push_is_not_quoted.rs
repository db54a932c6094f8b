// The value is a name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = "all")]
struct Card {
    id: Id<Self>,
}

fn main() {}
