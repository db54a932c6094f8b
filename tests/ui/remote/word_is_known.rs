// On methods as on arguments.

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
    #[remote(reed, cached)]
    fn first() {}

    #[remote(default)]
    fn second() {}

    #[remote]
    fn third(#[remote(defualt)] value: u8) {
        let _ = value;
    }

    #[remote(crate = sockful)]
    fn fourth() {}
}

fn main() {}
