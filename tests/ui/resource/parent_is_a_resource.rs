// A parent is a record of a resource.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Album {
    id: Id<Album>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Label)]
struct Song {
    id: Id<Song>,
    #[resource(parent)]
    label_id: String,
}

struct Label;

fn main() {}
