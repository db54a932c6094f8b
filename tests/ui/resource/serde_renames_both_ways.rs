// A field has one name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(rename_all(serialize = "camelCase", deserialize = "snake_case"))]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[serde(rename(serialize = "a", deserialize = "b"))]
    title: String,
}

fn main() {}
