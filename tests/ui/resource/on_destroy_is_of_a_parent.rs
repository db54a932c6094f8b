// Only a record with a parent can go with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Album {
    id: Id<Album>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Song {
    id: Id<Song>,
    #[resource(on_destroy = cascade, children = "tracks")]
    album_id: Id<Album>,
}

fn main() {}
