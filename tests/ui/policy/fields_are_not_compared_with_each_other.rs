// A store compares a field with a value.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(owner == writer), write(false))]
struct Card {
    id: Id<Self>,
    owner: String,
    writer: String,
}

fn main() {}
