// The id of a record is not that of its parent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Album {
    id: Id<Album>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Album)]
struct Cover {
    #[resource(parent)]
    id: Id<Album>,
}

fn main() {}
