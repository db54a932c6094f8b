// Whatever uses the methods still compiles.

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
    pub fn update(&mut self) -> usize {
        self.title.len()
    }
}

fn main() {
    let _ = App::builder().resource::<Card>();
    let _ = Card::update;
}
