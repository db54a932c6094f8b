// A union has no fields that serde could read.

use sockful::prelude::*;

#[derive(Resource)]
#[resource(access = public)]
union Card {
    id: u64,
}

fn main() {}
