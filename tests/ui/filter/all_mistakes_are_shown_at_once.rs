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
    let _ = filter!(|c: Card| (c.hunger = 5) || c.name.len() > 3 && !(c.hunger > c.hunger));
}
