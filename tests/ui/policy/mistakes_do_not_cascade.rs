// A policy with a mistake is the only error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

struct User {
    id: String,
    admin: bool,
    team: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote)]
#[policy(user = User, read(ownr == user.id), write(false))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

#[remote]
impl Card {
    #[remote(read, access = public)]
    async fn public(cx: &Cx) -> Result<Vec<Self>> {
        cx.all(Self::query().filter(filter!(|c: Self| c.public))).await
    }
}

fn app() {
    let _ = App::builder().resource::<Card>();
}

fn main() {}
