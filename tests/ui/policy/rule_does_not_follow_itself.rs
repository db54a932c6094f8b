// The folder above could be followed by the one above that, and so on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(owner == user.id || parent.read), write(parent.read && parent.update))]
struct Folder {
    id: Id<Self>,
    owner: String,
    #[resource(parent = Self, children = "folders")]
    parent_id: Option<Id<Self>>,
}

fn main() {}
