use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    name: Option<String>,
}

fn main() {
    let _ = filter!(|c: Card| c.name.is_none(1));
    let _ = filter!(|c: Card| c.name.starts_with());
    let _ = filter!(|c: Card| c.name.contains("a", "b"));
}
