// Of two fields that name parents of the same resource the second says so itself.

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
    album_id: Id<Album>,
    #[resource(parent)]
    other_id: Id<Album>,
}

fn main() {}
