use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    #[serde(skip)]
    cache: u8,
}

fn main() {
    let _ = filter!(|c: Card| c.cache == 5);
}
