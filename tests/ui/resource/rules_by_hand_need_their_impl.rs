// The word promises an impl.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, validate)]
struct Card {
    id: Id<Self>,
}

fn main() {}
