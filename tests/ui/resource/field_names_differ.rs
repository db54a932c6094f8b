// Two fields cannot share a column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(rename_all = "camelCase")]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    first_name: String,
    #[serde(rename = "firstName")]
    name: String,
}

fn main() {}
