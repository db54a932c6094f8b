// Clients know the parent of a record.

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
    #[serde(default, skip_serializing)]
    #[resource(parent, private)]
    album_id: Option<Id<Album>>,
}

fn main() {}
