// The word is for a policy written by hand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(policy)]
#[policy(user = User, read(public), write(false))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
