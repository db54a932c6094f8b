// Clients know one signature.

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
    fn rename(&mut self, #[cfg(unix)] title: String) {
        #[cfg(unix)]
        drop(title);
    }
}

fn main() {}
