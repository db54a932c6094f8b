//! The resource both sides serve: what `examples/creatures` shows, with a meal that always changes the record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[resource(access = public, remote)]
pub(crate) struct Creature {
    pub(crate) id: String,
    #[resource(index)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) hunger: u8,
    pub(crate) kind: Option<Kind>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Dragon { wings: u8 },
    Unicorn,
}

impl Creature {
    /// A creature as the load makes them.
    pub(crate) fn new(id: String) -> Self {
        Self {
            name: id.clone(),
            id,
            hunger: 9,
            kind: Some(Kind::Dragon { wings: 2 }),
            tags: vec!["red".to_owned(), "old".to_owned()],
        }
    }
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
