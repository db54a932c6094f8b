// It describes a type of another crate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

mod other {
    pub struct Card {
        pub id: u64,
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(remote = "other::Card")]
#[resource(access = public)]
struct Card {
    id: u64,
}

fn main() {}
