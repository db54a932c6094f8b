// Those of another crate would be told to clients and checked by nobody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[validate(length(min = 1))]
    title: String,
}

fn main() {}
