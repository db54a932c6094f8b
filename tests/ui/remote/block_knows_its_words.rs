// Words of methods do not stand on the block.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote(read, cratee = sockful)]
impl Card {
    #[remote]
    fn title(&self) -> String {
        self.title.clone()
    }
}

fn main() {}
