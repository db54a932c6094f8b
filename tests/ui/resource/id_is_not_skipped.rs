// Clients name records by their id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    #[serde(skip)]
    id: Id<Self>,
}

fn main() {}
