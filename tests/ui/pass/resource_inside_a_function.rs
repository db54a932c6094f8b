// Where nothing is in scope by its module.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

fn main() {
    #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(access = public, remote)]
    pub struct Card {
        pub id: Id<Self>,
    }

    #[remote]
    impl Card {
        #[remote]
        pub fn touch(&mut self) {}
    }

    let _ = App::builder().resource::<Card>();
}
