// Only the server sets it, by the user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, user = User)]
struct Card {
    id: Id<Self>,
    #[serde(default)]
    #[resource(set = user.id, read_only, immutable)]
    owner: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, user = User)]
struct Board {
    id: Id<Self>,
    #[resource(set = user.id, created_at)]
    owner: String,
}

fn main() {}
