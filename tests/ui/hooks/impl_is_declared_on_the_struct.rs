// Without the word nobody would run them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    title: String,
}

impl Hooks for Card {
    async fn before_create(_: &Cx, new: &mut Card) -> Result<()> {
        new.title.clear();
        Ok(())
    }
}

fn main() {}
