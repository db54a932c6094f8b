// An enum may be the type of a field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
enum Card {
    Open,
    Closed,
}

fn main() {}
