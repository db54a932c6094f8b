// Where a record has two parents, `parent` could be either.

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
#[policy(user = User, read(parent.read && first.read), write(false))]
struct Song {
    id: Id<Self>,
    #[resource(parent = Album)]
    album_id: Id<Album>,
    #[resource(parent = Album, children = "firsts", child = "first")]
    first_id: Option<Id<Album>>,
}

fn main() {}
