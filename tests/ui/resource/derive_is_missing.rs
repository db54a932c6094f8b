// A struct that is no resource.

use sockful::prelude::*;

struct Card {
    id: u64,
}

fn main() {
    let _ = App::builder().resource::<Card>();
}
