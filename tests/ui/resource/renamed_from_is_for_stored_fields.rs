// A field that is not stored has never been called anything in the store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[serde(skip)]
    #[resource(renamed_from = "store")]
    cache: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, renamed_from = "cards")]
struct Note {
    id: Id<Self>,
}

fn main() {}
