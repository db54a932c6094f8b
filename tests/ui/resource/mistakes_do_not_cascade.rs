// Whatever uses the struct still compiles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    async fn rename(&mut self, cx: &Cx, other: Id<Card>) -> Result<()> {
        self.title = cx.get::<Card>(&other).await?.title;
        Ok(())
    }
}

fn main() {
    let _ = App::builder().resource::<Card>();
}
