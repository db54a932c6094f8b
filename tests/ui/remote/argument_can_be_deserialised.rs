// Reported at its type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct Title;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    fn rename(&mut self, title: Title) {
        drop(title);
    }

    #[remote]
    fn renumber(&mut self, number: u32, title: Title) {
        drop((number, title));
    }
}

fn main() {}
