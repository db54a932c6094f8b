// A list of texts holds no numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(tags.contains(5)), write(stars.contains(&user.id)))]
struct Card {
    id: Id<Self>,
    tags: Vec<String>,
    stars: u8,
}

fn main() {}
