// All at once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

mod app {
    pub use sockful as api;
}

/// An account.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[resource(access = authenticated, push = none, remote, name = bank_account)]
#[resource(crate = crate::app::api)]
pub struct Account {
    #[resource(id = server)]
    pub number: String,
    /// Who owns it.
    #[resource(index)]
    pub owner_name: String,
    #[serde(rename = "IBAN")]
    #[resource(unique)]
    pub iban: String,
    #[serde(with = "app::api::Bigint")]
    #[resource(bigint)]
    pub balance: i64,
    #[serde(default, with = "crate::app::api::Bigint")]
    #[resource(bigint, index)]
    pub limit: Option<u64>,
    #[serde(default, skip_serializing, with = "app::api::Bigint")]
    #[resource(private, bigint)]
    pub score: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[resource(rev, index)]
    pub version: u64,
    #[serde(skip)]
    pub cache: Vec<u8>,
}

#[remote(crate = app::api)]
impl Account {
    #[remote]
    pub fn owner(&self) -> &str {
        &self.owner_name
    }
}

fn main() {}
