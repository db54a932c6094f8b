// One text, or several in brackets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(renamed_from = title)]
    name: String,
    #[resource(renamed_from = ["text", 1])]
    body: String,
    #[resource(renamed_from)]
    colour: String,
}

fn main() {}
