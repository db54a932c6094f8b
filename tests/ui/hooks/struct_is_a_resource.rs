// Hooks are of resources.

use sockful::prelude::*;

struct Card {
    title: String,
}

impl Hooks for Card {
    async fn before_create(_: &Cx, new: &mut Card) -> Result<()> {
        new.title.clear();
        Ok(())
    }
}

fn main() {}
