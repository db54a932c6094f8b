// Silence is no decision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(public), create(owner == user.id))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
