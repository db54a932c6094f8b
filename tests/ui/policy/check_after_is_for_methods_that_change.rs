// A method that only reads leaves nothing behind.

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
#[policy(user = User, read(public), write(false))]
struct Card {
    id: Id<Self>,
    owner: String,
    public: bool,
}

#[remote]
impl Card {
    #[remote(check_after)]
    fn owner(&self) -> String {
        self.owner.clone()
    }

    #[remote(check_after, access = public)]
    fn total() -> u32 {
        0
    }
}

fn main() {}
