// Also when it is spread over several attributes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
#[resource(access = authenticated)]
struct Card {
    id: Id<Self>,
    #[resource(index, index)]
    title: String,
}

fn main() {}
