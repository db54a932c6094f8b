// A misspelt value is no decision.

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
    #[remote(access = authentcated)]
    fn first() {}
}

fn main() {}
