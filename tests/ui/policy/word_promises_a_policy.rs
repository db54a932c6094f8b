// The word without the impl.

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
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

fn main() {}
