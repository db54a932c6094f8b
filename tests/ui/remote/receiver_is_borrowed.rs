// The record stays in the store.

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
    fn consume(self) -> String {
        self.title
    }

    #[remote]
    fn unwrap(self: Box<Self>) {}

    #[remote]
    fn typed(self: &Self) {}
}

fn main() {}
