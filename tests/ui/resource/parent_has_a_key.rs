// The field has the type of the ids of the parent.

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
    #[resource(parent)]
    album_id: String,
}

fn main() {}
