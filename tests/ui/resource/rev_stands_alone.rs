// The store keeps the revision, and nothing else about the field is left to say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Creature {
    #[resource(rev)]
    id: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Dragon {
    id: Id<Self>,
    #[resource(rev, unique)]
    version: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Griffin {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(rev, private)]
    version: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Sphinx {
    id: Id<Self>,
    #[serde(with = "sockful::Bigint")]
    #[resource(rev, bigint)]
    version: u64,
}

fn main() {}
