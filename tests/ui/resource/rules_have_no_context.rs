// Nobody could give them one.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct Limits;

#[derive(Serialize, Deserialize, JsonSchema, Validate, Resource)]
#[resource(access = public)]
#[garde(allow_unvalidated)]
#[garde(context(Limits))]
struct Card {
    id: Id<Self>,
    #[garde(length(min = 1))]
    title: String,
}

fn main() {}
