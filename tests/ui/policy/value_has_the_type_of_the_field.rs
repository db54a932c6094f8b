// A field is compared with what it holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(owner == 5_u32), write(stars == user.id))]
struct Card {
    id: Id<Self>,
    owner: String,
    stars: u8,
}

fn main() {}
