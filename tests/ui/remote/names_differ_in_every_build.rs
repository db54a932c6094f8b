// A method that depends on the build may stand for another, not beside it.

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
    #[cfg(any())]
    #[remote(rename = "feed")]
    fn nourish(&mut self) {}

    #[remote]
    fn feed(&mut self) {}
}

fn main() {}
