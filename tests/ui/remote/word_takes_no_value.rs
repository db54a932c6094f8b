// Most words stand alone.

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
    #[remote(read = true)]
    fn first() {}

    #[remote(rename)]
    fn second() {}
}

fn main() {}
