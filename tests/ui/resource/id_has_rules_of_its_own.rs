// An id is chosen once, and everybody knows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Dragon {
    #[serde(default, skip_serializing)]
    #[resource(write_only)]
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Griffin {
    #[serde(default)]
    #[resource(read_only)]
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Sphinx {
    #[resource(immutable)]
    id: Id<Self>,
}

struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, user = User)]
struct Profile {
    #[resource(set = user.id)]
    id: String,
}

fn main() {}
