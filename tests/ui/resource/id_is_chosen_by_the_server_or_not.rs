// The only value of `id`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    #[resource(id = client)]
    id: Id<Self>,
}

fn main() {}
