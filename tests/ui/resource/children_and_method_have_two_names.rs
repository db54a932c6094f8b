// A method of the parent is not called as its children are.

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
}

impl Album {
    fn songs(&self) -> usize {
        0
    }
}

fn main() {}
