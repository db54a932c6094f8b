// They hide the fields.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Stored {
    id: u64,
}

impl From<Stored> for Card {
    fn from(stored: Stored) -> Self {
        Self { id: stored.id }
    }
}

impl From<Card> for Stored {
    fn from(card: Card) -> Self {
        Self { id: card.id }
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[serde(from = "Stored", into = "Stored")]
#[resource(access = public)]
struct Card {
    id: u64,
}

fn main() {}
