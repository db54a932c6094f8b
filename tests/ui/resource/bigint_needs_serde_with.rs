// Also where no record of ours writes it: in the result of a method, nested in something else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

mod app {
    pub use sockful as api;
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[resource(bigint)]
    plain: i64,
    #[resource(bigint)]
    maybe: Option<u64>,
    #[serde(with = "sockful::Bigint")]
    #[resource(bigint)]
    never_absent: Option<u64>,
    #[serde(default, skip_serializing)]
    #[resource(private, bigint)]
    hidden: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, crate = crate::app::api)]
struct Deck {
    id: Id<Self>,
    #[resource(bigint)]
    size: i64,
}

fn main() {}
