use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    title: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Board {
    id: String,
    owner: String,
}

fn main() {
    let _ = Card::query().filter(filter!(|b: Board| b.owner == "ann"));
    let _ = Card::query().sort(sort!(|b: Board| b.owner));
}
