//! The resource: a struct, its remote methods, and nothing about sockets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

/// A creature that needs to eat.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub(crate) struct Creature {
    pub(crate) id: String,
    pub(crate) name: String,
    /// From 0, full, to 255.
    #[serde(default)]
    pub(crate) hunger: u8,
    #[serde(default)]
    pub(crate) kind: Option<Kind>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

/// What it is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Dragon { wings: u8 },
    Ghost,
    Other(String),
}

#[remote]
impl Creature {
    /// Feeds one creature: `socket.emit('creature', 'feed', { id: 'bob', food: 'a pear' }, ack)`.
    #[remote]
    pub(crate) fn feed(&mut self, food: String) -> String {
        let how = if self.is_starving() {
            "devoured"
        } else {
            "ate"
        };
        self.hunger = 0;
        format!("{} {how} {food}", self.name)
    }

    /// The creatures that need food most, a hundred at most.
    #[remote(read)]
    pub(crate) async fn hungriest(cx: &Cx, limit: u32) -> Result<Vec<Self>> {
        let hungriest = Self::query().sort(sort!(|c: Self| Reverse(c.hunger)));
        cx.all(hungriest.limit(limit.min(100) as usize)).await
    }

    /// Not marked: no client can reach it.
    fn is_starving(&self) -> bool {
        self.hunger > 200
    }
}
