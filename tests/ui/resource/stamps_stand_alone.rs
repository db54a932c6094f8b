// What the server keeps, it keeps alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Dragon {
    id: Id<Self>,
    #[resource(created_at, updated_at)]
    it: jiff::Timestamp,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Griffin {
    id: Id<Self>,
    #[resource(created_at, read_only)]
    it: jiff::Timestamp,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Sphinx {
    id: Id<Self>,
    #[resource(updated_at, immutable)]
    it: jiff::Timestamp,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Phoenix {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(created_at, write_only)]
    it: jiff::Timestamp,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Kraken {
    id: Id<Self>,
    #[resource(created_at, unique)]
    it: jiff::Timestamp,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Basilisk {
    id: Id<Self>,
    #[resource(rev, updated_at)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Chimera {
    id: Id<Self>,
    #[resource(created_at)]
    one: jiff::Timestamp,
    #[resource(created_at)]
    other: jiff::Timestamp,
}

fn main() {}
