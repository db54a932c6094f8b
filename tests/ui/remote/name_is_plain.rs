// ASCII letters, digits and `_`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote(rename = "move to")]
    fn move_to(&mut self) {}

    #[remote]
    fn füttern(&mut self) {}
}

fn main() {}
