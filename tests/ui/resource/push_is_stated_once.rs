// Also when it is spread over several attributes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = all, push = all)]
struct Card {
    id: Id<Self>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = watch)]
#[resource(push = none)]
struct Board {
    id: Id<Self>,
}

fn main() {}
