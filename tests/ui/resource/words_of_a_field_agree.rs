// Two words about who sets a field, or sees it, are one too many.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Dragon {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(private, write_only)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Griffin {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(private, read_only)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Sphinx {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(private, immutable)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Phoenix {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(read_only, write_only)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Kraken {
    id: Id<Self>,
    #[serde(default)]
    #[resource(read_only, immutable)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Basilisk {
    id: Id<Self>,
    #[serde(default)]
    #[resource(rev, read_only)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Chimera {
    id: Id<Self>,
    #[resource(rev, immutable)]
    it: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Hydra {
    id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(rev, write_only)]
    it: u64,
}

fn main() {}
