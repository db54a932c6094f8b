// It is stored by its own `Serialize`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

mod cents {
    pub fn serialize<S: serde::Serializer>(
        cents: &u64,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_u64(*cents)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<u64, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
    #[serde(default, skip_serializing, with = "cents")]
    #[schemars(with = "u64")]
    #[resource(private)]
    cost: u64,
}

fn main() {}
