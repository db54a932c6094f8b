// Asked of the type, not of its spelling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

type Number = i64;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[serde(with = "sockful::Bigint")]
    #[resource(bigint)]
    fine: Number,
    #[serde(with = "sockful::Bigint")]
    #[resource(bigint)]
    title: String,
}

fn main() {}
