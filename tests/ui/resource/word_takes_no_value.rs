// Most words stand alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(index = true)]
    title: String,
    #[resource(unique(fast))]
    slug: String,
    #[resource(private =, bigint)]
    cost: u64,
}

fn main() {}
