// A hook that cannot refuse answers `Ok(())`.

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
    async fn before_create(_: &Cx, new: &mut Card) {
        new.title.clear();
    }
}

fn main() {}
