use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

// No access decision: that is the one mistake.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
struct Card {
    id: String,
    hunger: u8,
}

fn main() {
    let hungry = filter!(|c: Card| c.hunger > 5);
    let _ = Card::query().filter(hungry).sort(sort!(|c: Card| c.hunger));
}
