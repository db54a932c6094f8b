// Two methods cannot answer one call.

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
    fn feed(&mut self) {}

    #[remote(rename = feed)]
    fn nourish(&mut self) {}
}

fn main() {}
