// `#[remote(default)]` calls it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Deserialize)]
struct Hue;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    fn paint(&mut self, #[remote(default)] hue: Hue) {
        drop(hue);
    }
}

fn main() {}
