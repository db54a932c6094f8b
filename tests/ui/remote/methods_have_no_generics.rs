// Clients cannot choose types.

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
    fn find<T: Send>(&self, value: Vec<T>) {
        drop(value);
    }

    #[remote]
    fn borrow<'a>(&self) {}
}

fn main() {}
