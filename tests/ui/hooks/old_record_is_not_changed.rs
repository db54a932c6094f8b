// What is stored is not changed by changing the image of it.

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
    async fn before_update(_: &Cx, old: &mut Card, _new: &mut Card) -> Result<()> {
        old.title.clear();
        Ok(())
    }
}

fn main() {}
