// All remote methods of a resource are in one block.

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
    #[remote]
    fn title(&self) -> String {
        self.title.clone()
    }
}

#[remote]
impl Card {
    #[remote]
    fn loud(&self) -> String {
        self.title.to_uppercase()
    }
}

fn main() {}
