// A misspelt word is told from the ones that exist.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(uniqe)]
    title: String,
    #[resource(colour)]
    hue: u8,
}

fn main() {}
