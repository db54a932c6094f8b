// A closure's parameter would look like the field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(user.team.iter().any(|owner| owner == "red")), write(false))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
