// A resource has none either.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Deck<T: Send + Sync + 'static> {
    id: u64,
    cards: Vec<T>,
}

#[remote]
impl<T: Send + Sync + 'static> Deck<T> {
    #[remote]
    fn size(&self) -> usize {
        0
    }
}

fn main() {}
