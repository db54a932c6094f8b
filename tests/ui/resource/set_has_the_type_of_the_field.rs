// What the user sets is a value of the field.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, user = User)]
struct Card {
    id: Id<Self>,
    #[resource(set = user.id)]
    owner: u64,
    #[resource(set = user.nick)]
    nick: String,
    #[resource(set = title.clone() + &user.id)]
    title: String,
}

fn main() {}
