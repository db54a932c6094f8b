// No `unsafe`, no `const`, no foreign calls.

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
    unsafe fn raw(&self) {}

    #[remote]
    const fn fixed(&self) {}

    #[remote]
    extern "C" fn foreign(&self) {}
}

fn main() {}
