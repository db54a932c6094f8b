// Calls move between threads while they wait.

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
    async fn before_create(cx: &Cx, new: &mut Card) -> Result<()> {
        let kept = std::rc::Rc::new(1);
        cx.get::<Card>(&new.id).await?;
        drop(kept);
        Ok(())
    }
}

fn main() {}
