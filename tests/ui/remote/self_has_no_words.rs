// The words stand on the method.

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
    fn first(#[remote] &self) {}
}

fn main() {}
