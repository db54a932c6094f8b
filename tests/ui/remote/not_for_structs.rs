// The struct says `#[resource(remote)]`.

use sockful::prelude::*;

#[remote]
struct Card {
    id: u64,
}

fn main() {}
