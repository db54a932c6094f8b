#![deny(warnings, unused_qualifications)]

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::query::{FilterOf, Ordered, SortKeyOf, Textual};
use sockful::{Id, Resource, filter, sort};

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Cents(i64);

impl Ordered for Cents {}

#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Name(String);

impl Ordered for Name {}
impl Textual for Name {}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
#[serde(rename_all = "camelCase")]
struct Card {
    id: Id<Self>,
    card_name: Name,
    price: Option<Cents>,
    r#type: Option<String>,
    tags: HashSet<String>,
    numbers: Option<Vec<u32>>,
    size: f32,
}

impl Card {
    fn cheap(than: Cents) -> FilterOf<Self> {
        filter!(|c: Self| c.price < than || c.price.is_none())
    }

    fn order() -> impl IntoIterator<Item = SortKeyOf<Self>> {
        sort!(|it: Self| (Reverse(it.price), it.card_name, it.r#type, std::cmp::Reverse(it.id)))
    }
}

macro_rules! called {
    ($name:expr) => {
        filter!(|c: Card| c.card_name == $name)
    };
}

fn main() {
    let ids = [Id::<Card>::new()];
    let name = Name("Ace".into());
    let of = |id: &Id<Card>| filter!(|c: Card| c.id == id && (&c.card_name) == &name);
    let by = [Cents(1)];
    let several = [
        Card::cheap(Cents(5)),
        of(&ids[0]),
        called!(name.clone()),
        called!(&name),
        filter!(|c: Card| ids.contains(&c.id)),
        filter!(|c: Card| c.r#type == "a" || c.r#type.starts_with("b") || c.r#type.contains("c")),
        filter!(|c: Card| c.tags.contains("red") && c.numbers.contains(5)),
        filter!(|c: Card| c.card_name.starts_with(&name.0[..1])),
        filter!(|c: Card| -1.5 < c.size && (c.size <= 2.0 || true)),
        filter!(|c: Card| c.price == None || c.price == Some(Cents(1)) || c.price != Cents(2)),
        filter!(|c: Card| {
            let _ = 0;
            ids.is_empty()
        } || c.size != 0.0),
        filter!(|_c: Card| by.is_empty()),
    ];
    let query = Card::query().sort(Card::order()).filter(several.into_iter().fold(FilterOf::all(), FilterOf::and));
    drop(query);
}
