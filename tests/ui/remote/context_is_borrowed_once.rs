// Whatever else is borrowed is no context.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    fn describe(cx: &Cx, tags: &[String]) {
        let _ = (cx, tags);
    }

    #[remote]
    fn twice(cx: &Cx, other: &Cx) {
        let _ = (cx, other);
    }
}

fn main() {}
