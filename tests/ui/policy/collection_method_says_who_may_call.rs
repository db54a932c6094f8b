// A policy decides about records, and this method is of none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote)]
#[policy(user = User, read(public), write(false))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

#[remote]
impl Card {
    #[remote(read)]
    fn overdue() -> u32 {
        0
    }
}

fn main() {}
