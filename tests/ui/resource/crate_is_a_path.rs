// `crate = ..` is where sockful is found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, crate = "sockful")]
struct Card {
    id: Id<Self>,
}

fn main() {}
