use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    hunger: u8,
}

fn main() {
    let _ = filter!(|c| c.hunger > 5);
    let _ = filter!(|| true);
    let _ = filter!(|c: Card, d: Card| c.hunger > 5);
    let _ = filter!(|Card { hunger, .. }: Card| hunger > 5);
    let _ = filter!(hunger > 5);
    let _ = filter!();
}
