//! What a filter means, as its documentation says it: judged on the record itself, by nothing of sockful's.

use std::cmp::Ordering;

use sockful::Value as Column;
use sockful::query::{Filter, Path, Test};

use super::Thing;

/// What a field holds, or is compared with.
#[derive(Clone, Debug, PartialEq)]
enum Held {
    Nothing,
    Truth(bool),
    Number(f64),
    Words(String),
    /// Microseconds since 1970.
    Moment(i64),
    Many(Vec<String>),
}

/// Whether a record matches.
pub(super) fn holds(filter: &Filter, thing: &Thing) -> bool {
    match filter {
        Filter::And(parts) => !parts.iter().any(|part| !holds(part, thing)),
        Filter::Or(parts) => parts.iter().any(|part| holds(part, thing)),
        Filter::Not(part) => !holds(part, thing),
        Filter::Test(path, test) => passes(&held(thing, path), test),
        Filter::Parent { resource, .. } => {
            panic!("a thing has no parent, and no {resource} either")
        }
    }
}

fn passes(held: &Held, test: &Test) -> bool {
    let order = |with: &Column| order(held, &given(with));
    match test {
        Test::Equal(value) => *held == given(value),
        Test::In(values) => values.iter().any(|value| *held == given(value)),
        Test::Less(value) => order(value) == Some(Ordering::Less),
        Test::AtMost(value) => matches!(order(value), Some(Ordering::Less | Ordering::Equal)),
        Test::More(value) => order(value) == Some(Ordering::Greater),
        Test::AtLeast(value) => matches!(order(value), Some(Ordering::Greater | Ordering::Equal)),
        Test::Contains(part) => match (held, given(part)) {
            (Held::Many(items), Held::Words(item)) => items.contains(&item),
            (Held::Words(text), Held::Words(part)) => text.contains(&part),
            _ => false,
        },
        Test::StartsWith(start) => match held {
            Held::Words(text) => text.starts_with(&**start),
            _ => false,
        },
    }
}

/// The order of two values of one kind: what is nothing has none.
fn order(one: &Held, other: &Held) -> Option<Ordering> {
    match (one, other) {
        (Held::Truth(one), Held::Truth(other)) => Some(one.cmp(other)),
        (Held::Number(one), Held::Number(other)) => one.partial_cmp(other),
        (Held::Words(one), Held::Words(other)) => Some(one.chars().cmp(other.chars())),
        (Held::Moment(one), Held::Moment(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// What a record has at a path.
fn held(thing: &Thing, path: &Path) -> Held {
    let words = |text: &String| Held::Words(text.clone());
    let held = match path.field {
        0 => Some(words(&thing.id)),
        1 => Some(words(&thing.name)),
        2 => thing.nick.as_ref().map(words),
        3 => Some(number(thing.count)),
        4 => thing.share.map(Held::Number),
        5 => Some(Held::Truth(thing.flag)),
        6 => thing.due.map(|due| Held::Moment(due.as_microsecond())),
        7 => Some(Held::Many(thing.tags.clone())),
        8 => {
            let key: &str = &path.keys[0];
            let inside = thing.nest.get(key).copied().flatten();
            inside.map(|it| number(it.into()))
        }
        place => panic!("a thing has no field {place}"),
    };
    held.unwrap_or(Held::Nothing)
}

/// What a rule compares with.
fn given(value: &Column) -> Held {
    match value {
        Column::Null => Held::Nothing,
        Column::Bool(truth) => Held::Truth(*truth),
        Column::Int(int) => number(*int),
        Column::Float(float) => Held::Number(*float),
        Column::Text(text) => Held::Words(text.to_string()),
        Column::Time(micros) => Held::Moment(*micros),
        Column::Json(text) => panic!("no rule asks for {text}"),
    }
}

/// Those of the records here are exact as a float.
#[expect(clippy::cast_precision_loss, reason = "none is beyond 2^53")]
fn number(int: i64) -> Held {
    Held::Number(int as f64)
}
