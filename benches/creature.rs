//! The resource both sides serve: what `examples/creatures` shows, with a meal that always changes the record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[resource(access = public, remote)]
pub(crate) struct Creature {
    id: String,
    name: String,
    #[serde(default)]
    hunger: u8,
    kind: Option<Kind>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Dragon { wings: u8 },
    Unicorn,
}

#[remote]
impl Creature {
    /// Wraps, so that no meal leaves the record as it was: saving nothing would be no match for the peer.
    #[remote]
    async fn feed(&mut self, food: String) -> Result<String> {
        self.hunger = self.hunger.wrapping_sub(1);
        Ok(format!("{} ate {food}", self.name))
    }
}
