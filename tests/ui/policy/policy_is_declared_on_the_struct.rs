// A policy that the struct does not speak of would never be asked.

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
#[resource(access = public)]
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

    fn create(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }

    fn update(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }

    fn destroy(_: Option<&User>) -> FilterOf<Self> {
        FilterOf::none()
    }
}

fn main() {}
