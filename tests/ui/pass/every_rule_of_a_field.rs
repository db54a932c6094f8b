// Who may set a field, who sees it, and what its values must be.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::Policy;
use sockful::prelude::*;
use sockful::query::FilterOf;

pub struct User {
    id: Id<User>,
    nick: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Validate, Resource)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[garde(allow_unvalidated)]
#[resource(policy)]
pub struct Card {
    id: Id<Self>,
    #[resource(immutable, index)]
    board: String,
    #[garde(length(min = 1, max = 200))]
    title: String,
    #[resource(set = user.id.clone(), index)]
    owner: Id<User>,
    #[resource(set = { let name = user.nick.as_deref(); name.unwrap_or("nobody").to_owned() })]
    owner_nick: String,
    #[serde(default, skip_serializing)]
    #[resource(private, set = user.nick.clone())]
    made_by: Option<String>,
    #[serde(default, skip_serializing)]
    #[resource(write_only, immutable)]
    pin: Option<String>,
    #[serde(default)]
    #[resource(read_only, index)]
    votes: u32,
    #[resource(read_only)]
    winner: Option<String>,
    #[resource(created_at, index)]
    created: jiff::Timestamp,
    #[serde(rename = "lastChange")]
    #[resource(updated_at)]
    updated: Option<chrono::DateTime<chrono::Utc>>,
    #[resource(rev)]
    rev: u64,
}

impl Policy for Card {
    type User = User;

    fn read(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::all()
    }

    fn create(user: Option<&User>) -> FilterOf<Self> {
        user.map_or_else(FilterOf::none, |user| filter!(|c: Self| c.owner == user.id))
    }

    fn update(user: Option<&User>) -> FilterOf<Self> {
        Self::create(user)
    }

    fn destroy(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, validate, user = crate::User)]
struct Stretch {
    id: String,
    #[resource(set = user.id.to_string())]
    owner: String,
}

impl Validate for Stretch {
    type Context = ();

    fn validate_into(&self, (): &(), _: &mut dyn FnMut() -> garde::Path, _: &mut garde::Report) {}
}

fn main() {}
