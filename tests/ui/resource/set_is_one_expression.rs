// It is Rust, and only that.

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
    #[resource(set = let user)]
    owner: String,
    #[resource(set)]
    other: String,
}

fn main() {}
