// An enum is text to the store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum State {
    Open,
    Closed,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(state < State::Closed), write(state == State::Open))]
struct Card {
    id: Id<Self>,
    state: State,
}

fn main() {}
