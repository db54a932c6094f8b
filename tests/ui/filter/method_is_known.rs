use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    name: String,
}

fn main() {
    let _ = filter!(|c: Card| c.name.start_with("A"));
    let _ = filter!(|c: Card| c.name.ends_with("A"));
}
