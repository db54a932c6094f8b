// Six mistakes in one policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(read(ownr == user.id), write(owner = "a" && owner == owner), destroy(public), update(public.not()), remove(true))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
