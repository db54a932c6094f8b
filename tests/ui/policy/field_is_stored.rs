// What serde skips, the store does not have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(cached == user.id), write(false))]
struct Card {
    id: Id<Self>,
    #[serde(skip)]
    cached: String,
}

fn main() {}
