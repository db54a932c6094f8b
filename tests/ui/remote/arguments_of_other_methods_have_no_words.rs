// The method is not remote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    fn first() {}

    fn helper(#[remote(default)] limit: u32) {
        let _ = limit;
    }
}

fn main() {}
