use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    hunger: u8,
    tags: Vec<String>,
}

fn main() {
    let _ = filter!(|c: Card| c.tags.contains(5_u32));
    let _ = filter!(|c: Card| c.hunger.contains("5"));
}
