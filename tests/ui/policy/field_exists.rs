// A bare name is a field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(ownr == user.id || publik), write(owner == usr.id))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
