// A stamp is a point in time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(created_at)]
    created: u64,
    #[resource(updated_at)]
    updated: String,
}

fn main() {}
