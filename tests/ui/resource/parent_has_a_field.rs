// A parent is named by a field.

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
struct Song {
    id: Id<Song>,
    title: String,
}

fn main() {}
