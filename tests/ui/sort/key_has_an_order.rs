use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
enum Status {
    Open,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    tags: Vec<String>,
    status: Status,
}

fn main() {
    let _ = sort!(|c: Card| (c.tags, Reverse(c.status)));
}
