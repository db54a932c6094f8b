// Nobody fixes one, compiles, and meets the next.

#![allow(unused)]

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
    #[remote(reed)]
    fn first<T>(cx: &Cx, other: &Cx) {}

    #[remote(access = nobody)]
    fn destroy(self, id: Id<Card>, (x, y): (u8, u8)) {}

    #[remote]
    fn second(values: impl ToString) -> impl ToString {
        values
    }
}

fn main() {}
