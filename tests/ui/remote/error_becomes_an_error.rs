// So that clients are told something.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct Broken;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    async fn fail(&self) -> std::result::Result<(), Broken> {
        Err(Broken)
    }
}

fn main() {}
