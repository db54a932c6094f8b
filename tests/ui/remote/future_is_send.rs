// Calls move between threads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

async fn pause(cx: &Cx) {
    let _ = cx;
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    async fn size(&self, cx: &Cx) -> usize {
        let shared = std::rc::Rc::new(1);
        pause(cx).await;
        *shared
    }
}

fn main() {}
