// Not even the strict ones, where the item itself is exempt.

#![deny(warnings, unused, unused_qualifications, unreachable_pub)]
#![deny(trivial_casts, single_use_lifetimes)]

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[allow(unused_qualifications, unreachable_pub)]
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub struct Card {
    pub id: Id<Self>,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    #[deprecated = "old records have it"]
    pub cost: std::option::Option<u64>,
}

#[remote]
#[allow(unused_qualifications, unreachable_pub)]
impl Card {
    #[remote]
    #[deprecated = "old clients call it"]
    pub async fn touch(&mut self, cx: &Cx, note: std::string::String) -> sockful::Result<()> {
        let _ = (cx, note);
        Ok(())
    }
}

fn main() {}
