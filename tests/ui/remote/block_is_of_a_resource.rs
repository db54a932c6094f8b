// A plain struct has no clients.

use sockful::prelude::*;

struct Card {
    title: String,
}

#[remote]
impl Card {
    #[remote]
    fn title(&self) -> String {
        self.title.clone()
    }
}

fn main() {}
