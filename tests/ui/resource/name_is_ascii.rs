// The name on the wire is, so a struct that is not needs another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Übung {
    id: Id<Self>,
}

fn main() {}
