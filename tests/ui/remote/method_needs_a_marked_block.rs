// The mark on the method alone.

use sockful::prelude::*;

struct Card;

impl Card {
    #[remote]
    fn title(&self) -> String {
        String::new()
    }
}

fn main() {}
