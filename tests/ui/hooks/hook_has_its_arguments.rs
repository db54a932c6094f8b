// The old record comes before the new one.

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
    async fn before_update(_: &Cx, new: &mut Card) -> Result<()> {
        new.title.clear();
        Ok(())
    }
}

fn main() {}
