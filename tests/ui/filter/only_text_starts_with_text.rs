use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    hunger: u8,
    name: String,
}

fn main() {
    let _ = filter!(|c: Card| c.hunger.starts_with("5"));
    let _ = filter!(|c: Card| c.name.starts_with(5));
}
