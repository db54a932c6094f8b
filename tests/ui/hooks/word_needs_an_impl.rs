// The word promises hooks, and there are none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Card {
    id: Id<Self>,
    title: String,
}

fn main() {}
