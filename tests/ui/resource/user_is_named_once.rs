// The policy says it already, or nobody asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(user = User)]
#[policy(user = User, read(true), write(owner == user.id))]
struct Card {
    id: Id<Self>,
    #[resource(set = user.id)]
    owner: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, user = User)]
struct Board {
    id: Id<Self>,
}

fn main() {}
