// The attributes mean it, so the word has nothing to add.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Validate, Resource)]
#[resource(access = public, validate)]
#[garde(allow_unvalidated)]
struct Card {
    id: Id<Self>,
    #[garde(length(min = 1))]
    title: String,
}

fn main() {}
