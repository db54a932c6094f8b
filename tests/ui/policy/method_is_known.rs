// The store has few methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(owner.eq(&user.id)), write(owner.startswith("a")))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
