// The first record of a tree has no parent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Album {
    id: Id<Album>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Self)]
struct Folder {
    id: Id<Folder>,
    #[resource(parent)]
    parent_id: Id<Folder>,
}

fn main() {}
