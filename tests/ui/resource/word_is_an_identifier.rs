// Something that is no word at all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource("public", access = public)]
struct Card {
    id: Id<Self>,
}

fn main() {}
