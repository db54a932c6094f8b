// What does not depend on the user is a default.

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
    #[resource(set = 5)]
    votes: u32,
}

fn main() {}
