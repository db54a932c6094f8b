// A policy written by hand decides all verbs too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::Policy;
use sockful::query::FilterOf;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(policy)]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

impl Policy for Card {
    type User = User;

    fn read(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::all()
    }
}

fn main() {}
