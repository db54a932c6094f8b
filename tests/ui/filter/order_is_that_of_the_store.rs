use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
enum Status {
    Open,
    Closed,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    status: Status,
}

fn main() {
    let _ = filter!(|c: Card| c.status > Status::Open);
    let _ = filter!(|c: Card| Status::Open >= c.status);
}
