// So that no `Serialize` anywhere can emit it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(private)]
    cost: u64,
    #[serde(skip_serializing)]
    #[resource(private)]
    margin: u64,
    #[serde(default)]
    #[resource(private)]
    profit: u64,
}

fn main() {}
