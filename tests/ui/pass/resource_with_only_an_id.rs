// The least.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated)]
pub struct Card {
    id: Id<Self>,
}

fn main() {}
