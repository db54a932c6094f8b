// Who may call is never left to a default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
struct Card {
    id: Id<Self>,
}

fn main() {}
