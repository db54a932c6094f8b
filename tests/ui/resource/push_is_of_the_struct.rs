// A field is told with its record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = all)]
struct Card {
    id: Id<Self>,
    #[resource(push = none)]
    title: String,
}

fn main() {}
