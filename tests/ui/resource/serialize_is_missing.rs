// One error for a forgotten derive.

use schemars::JsonSchema;
use serde::Deserialize;
use sockful::prelude::*;

#[derive(Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    title: String,
}

fn main() {
    let _ = App::builder();
}
