// A hook may wait, and says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Card {
    id: Id<Self>,
    title: String,
}

impl Hooks for Card {
    fn before_create(_: &Cx, new: &mut Card) -> Result<()> {
        new.title.clear();
        Ok(())
    }
}

fn main() {}
