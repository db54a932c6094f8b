// A resource is one table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card<T: Send + Sync + 'static, const N: usize> {
    id: Id<Self>,
    values: Vec<T>,
}

fn main() {}
