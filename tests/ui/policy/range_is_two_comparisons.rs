// The store has no ranges.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read((1..5).contains(&stars)), write(false))]
struct Card {
    id: Id<Self>,
    stars: u8,
}

fn main() {}
