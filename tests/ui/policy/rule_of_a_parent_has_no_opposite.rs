// Of a parent that nobody may read, everybody could read the children.

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
#[policy(user = User, read(!parent.update), write(title == "a" || !(title == "b" && album.read)))]
struct Song {
    id: Id<Self>,
    title: String,
    #[resource(parent = Album)]
    album_id: Id<Album>,
}

fn main() {}
