use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    hunger: u8,
    owner: Id<Card>,
    name: Option<String>,
}

fn main() {
    let number = 5_u32;
    let _ = filter!(|c: Card| c.hunger > number);
    let _ = filter!(|c: Card| c.owner == number);
    let _ = filter!(|c: Card| c.hunger == "five");
    let _ = filter!(|c: Card| number != c.name);
    let _ = filter!(|c: Card| [1.5].contains(&c.hunger));
}
