//! Random rules, and random records that they are about.

use std::sync::Arc;

use sockful::Value as Column;
use sockful::query::{Path, Test};

use super::*;

const TEXTS: [&str; 4] = ["", "a", "ab", "b"];
const INTS: [i64; 4] = [-1, 0, 1, 9_007_199_254_740_991];
const FLOATS: [f64; 4] = [-0.5, 0.0, 1.0, 1e300];
const TIMES: [&str; 3] = [
    "1969-12-31T23:59:59.999999Z",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.000001Z",
];

/// The rules of one user.
pub(super) fn drawn(dice: &mut Dice) -> Ruled {
    let mut rule = || {
        let rule = filter(dice, 3);
        // Or little would be allowed.
        let end = [Filter::all(), Filter::none(), rule.clone(), !rule.clone()];
        let other = filter(dice, 2);
        rule.or(other).and(dice.one_of(&end).or(filter(dice, 1)))
    };
    Ruled {
        read: rule(),
        create: rule(),
        update: rule(),
        destroy: rule(),
    }
}

fn filter(dice: &mut Dice, depth: usize) -> Filter {
    let several = |dice: &mut Dice| {
        let parts = dice.below(4);
        (0..parts).map(|_| filter(dice, depth - 1)).collect()
    };
    match if depth == 0 { 9 } else { dice.below(10) } {
        0..3 => Filter::And(several(dice)),
        3..6 => Filter::Or(several(dice)),
        6..8 => !filter(dice, depth - 1),
        _ => test(dice),
    }
}

/// A test of any field, by what its column can be compared with.
fn test(dice: &mut Dice) -> Filter {
    let field = dice.below(9);
    let nested = field == 8;
    let keys: Vec<Box<str>> = if nested {
        vec![dice.one_of(&["x", "y", "z"]).into()]
    } else {
        Vec::new()
    };
    let text = |dice: &mut Dice| Column::Text(dice.one_of(&TEXTS).into());
    let value = |dice: &mut Dice| {
        if dice.once_in(6) {
            return Column::Null;
        }
        match field {
            0 => Column::Text(format!("{:02}", dice.below(12)).into()),
            1 | 2 | 7 => text(dice),
            3 => Column::Int(dice.one_of(&INTS)),
            4 => Column::Float(dice.one_of(&FLOATS)),
            5 => Column::Bool(dice.once_in(2)),
            6 => Column::Time(time(dice).as_microsecond()),
            _ => Column::Int(dice.below(3) as i64),
        }
    };
    let textual = matches!(field, 0..3);
    let test = match dice.below(9) {
        0 | 1 => Test::Equal(value(dice)),
        2 => Test::Less(value(dice)),
        3 => Test::AtMost(value(dice)),
        4 => Test::More(value(dice)),
        5 => Test::AtLeast(value(dice)),
        6 => Test::In((0..dice.below(3)).map(|_| value(dice)).collect()),
        7 if textual || field == 7 => Test::Contains(value(dice)),
        8 if textual => Test::StartsWith(Arc::from(dice.one_of(&TEXTS))),
        _ => Test::Equal(Column::Null),
    };
    Filter::Test(Path { field, keys }, test)
}

fn time(dice: &mut Dice) -> jiff::Timestamp {
    dice.one_of(&TIMES).parse().expect("a time")
}

/// A record of which nothing but the id is known.
pub(super) fn thing(dice: &mut Dice, id: String) -> Thing {
    let texts: Vec<String> = TEXTS.iter().map(ToString::to_string).collect();
    let due = time(dice);
    let keys = ["x", "y", "z"].map(str::to_owned);
    let nest = dice.some_of(&keys).into_iter();
    Thing {
        id,
        name: dice.one_of(&texts),
        nick: dice.maybe(&texts),
        count: dice.one_of(&INTS),
        share: dice.maybe(&FLOATS),
        flag: dice.once_in(2),
        due: dice.maybe(&[due]),
        tags: dice.some_of(&texts),
        nest: nest.map(|key| (key, dice.maybe(&[0, 1, 2]))).collect(),
    }
}
