// Nobody fixes one, compiles, and meets the next.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remot, name = "connect")]
struct Card<T> {
    #[resource(index)]
    id: u64,
    #[resource(id)]
    slug: String,
    #[resource(uniqe)]
    title: String,
    #[resource(private)]
    cost: u64,
    #[serde(alias = "colour")]
    hue: T,
}

fn main() {}
