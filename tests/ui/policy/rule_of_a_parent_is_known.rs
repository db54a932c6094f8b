// A parent has the rules of every resource, and is called by its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(true), write(owner == user.id))]
struct Album {
    id: Id<Self>,
    owner: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(parent.reed), create(album.write), update(album_id.update), destroy(artist.destroy))]
struct Song {
    id: Id<Self>,
    #[resource(parent = Album)]
    album_id: Id<Album>,
}

fn main() {}
