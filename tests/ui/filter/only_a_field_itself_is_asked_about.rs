use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Pos {
    x: u8,
}

fn is_hungry(card: &Card) -> bool {
    card.hunger > 5
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    hunger: u8,
    pos: Pos,
}

fn main() {
    let _ = filter!(|c: Card| c.pos.x == 1);
    let _ = filter!(|c: Card| c.hunger + 1 > 5);
    let _ = filter!(|c: Card| is_hungry(&c));
    let _ = filter!(|c: Card| matches!(c.hunger, 1..5));
    let _ = filter!(|c: Card| if c.hunger > 5 { true } else { false });
    let _ = filter!(|c: Card| c);
}
