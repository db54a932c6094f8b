// Rust paths into a field are not those of its JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Nest {
    owner: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(nest.owner == user.id), create(title.len() > 3), update(title.to_lowercase() == user.id), destroy(stars + 1 > 3))]
struct Card {
    id: Id<Self>,
    nest: Nest,
    title: String,
    stars: u8,
}

fn main() {}
