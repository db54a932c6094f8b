// A table of sockful's own holds no records, and no table is without a name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = "sockful_log")]
struct Card {
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, table = "")]
struct Note {
    id: Id<Self>,
}

fn main() {}
