use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct Other {
    hunger: u8,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    hunger: u8,
}

fn main() {
    let _ = filter!(|c: Other| c.hunger > 5);
}
