// serde applies it to every field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Default, Serialize, Deserialize, JsonSchema, Resource)]
#[serde(default)]
#[resource(access = public)]
pub struct Card {
    pub id: String,
    #[serde(skip_serializing)]
    #[resource(private)]
    pub cost: u64,
}

fn main() {}
