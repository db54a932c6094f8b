// A resource owns its data.

use serde::Serialize;
use sockful::prelude::*;

#[derive(Serialize, Resource)]
#[resource(access = public)]
struct Card<'a> {
    id: u64,
    title: &'a str,
}

fn main() {}
