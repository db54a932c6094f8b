// Nobody could give them one.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct Limits;

#[derive(Deserialize, JsonSchema, Validate)]
#[garde(context(Limits))]
struct Step {
    #[garde(length(min = 1))]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
}

#[remote]
impl Card {
    #[remote]
    fn plan(&self, step: Step) {
        drop(step);
    }
}

fn main() {}
