// Only the resource's own methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

trait Named {
    fn name(&self) -> String;
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Named for Card {
    #[remote]
    fn name(&self) -> String {
        self.title.clone()
    }
}

fn main() {}
