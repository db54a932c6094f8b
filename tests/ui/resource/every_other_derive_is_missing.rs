// One error for three forgotten derives.

use sockful::prelude::*;

#[derive(Resource)]
#[resource(access = public)]
struct Card {
    id: Id<Self>,
}

fn main() {}
