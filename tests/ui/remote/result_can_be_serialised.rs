// Reported at the return type.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct Hue;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Card {
    id: Id<Self>,
    title: String,
}

#[remote]
impl Card {
    #[remote]
    async fn plain(&self) -> Hue {
        Hue
    }

    #[remote]
    async fn fallible(&self) -> Result<Hue> {
        Ok(Hue)
    }
}

fn main() {}
