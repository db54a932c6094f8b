// What a field was called before is told in texts, each once, and none of them is the name of a field of today.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(renamed_from = "title")]
    title: String,
    #[resource(renamed_from = "title")]
    name: String,
    #[resource(renamed_from = ["words", "text"])]
    body: String,
    #[resource(renamed_from = "words")]
    summary: String,
    #[resource(renamed_from = "")]
    colour: String,
}

fn main() {}
