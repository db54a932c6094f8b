// A trait has no records.

use sockful::prelude::*;

#[remote]
trait Named {
    fn name(&self) -> String;
}

fn main() {}
