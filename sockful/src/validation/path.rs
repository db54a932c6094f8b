//! Where a rule is broken, in the names that clients know.
//!
//! garde goes by the names of Rust, and through the fields of an enum as if there were no variants. The value itself has the
//! names of the wire: it is walked along, and what a step is called there decides.

use serde_json::{Map, Value as Json};

use crate::row::step_into;

/// One step into a value, as garde goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// A field, or the key of a map.
    Name(String),
    /// An item, or the place in a tuple.
    Index(String),
}

/// The steps of garde's path, from the outside in.
pub(super) fn in_order(path: &garde::Path) -> Vec<Step> {
    // Its text would not tell a dot in the key of a map from one between two steps.
    let steps: Vec<(String, String)> = serde_json::to_value(path)
        .and_then(serde_json::from_value)
        .unwrap_or_default();
    let steps = steps
        .into_iter()
        .filter_map(|(kind, step)| match kind.as_str() {
            "key" => Some(Step::Name(step)),
            "index" => Some(Step::Index(step)),
            _ => None,
        });
    steps.collect()
}

/// The path that goes on from `path`, at which `value` is found, by these steps.
pub(super) fn locate(mut path: String, value: &Json, steps: &[Step]) -> String {
    let mut value = Some(value);
    for step in steps {
        value = match step {
            Step::Name(name) => into_field(&mut path, value, name),
            Step::Index(index) => into_item(&mut path, value, index),
        };
    }
    path
}

fn into_field<'a>(path: &mut String, value: Option<&'a Json>, name: &str) -> Option<&'a Json> {
    let Some(Json::Object(object)) = value else {
        step_into(path, name);
        return None;
    };
    if let Some((key, value)) = find(object, name) {
        step_into(path, key);
        return Some(value);
    }
    // The fields of a variant may stand inside a field of its own.
    let within = object
        .iter()
        .filter_map(|(key, inner)| Some((key, find(inner.as_object()?, name)?)));
    let mut within: Vec<_> = within.collect();
    if let (Some((variant, (key, value))), true) = (within.pop(), within.is_empty()) {
        step_into(path, variant);
        step_into(path, key);
        return Some(value);
    }
    step_into(path, name);
    None
}

fn into_item<'a>(path: &mut String, value: Option<&'a Json>, index: &str) -> Option<&'a Json> {
    let item = |list: &'a [Json]| index.parse::<usize>().ok().and_then(|at| list.get(at));
    match value {
        Some(Json::Array(list)) => {
            path.push_str(&format!("[{index}]"));
            item(list)
        }
        Some(Json::Object(object)) => {
            if let Some(value) = object.get(index) {
                step_into(path, index);
                return Some(value);
            }
            // `{ variant: value }`, or `{ variant: [value, ..] }`
            let mut entries = object.iter();
            let (Some((key, inner)), None) = (entries.next(), entries.next()) else {
                return value;
            };
            step_into(path, key);
            match inner {
                Json::Array(_) => into_item(path, Some(inner), index),
                _ => Some(inner),
            }
        }
        // A newtype is written as what it holds.
        Some(plain) => Some(plain),
        None => {
            path.push_str(&format!("[{index}]"));
            None
        }
    }
}

/// The entry of a field, whose name serde may write in another case.
fn find<'a>(object: &'a Map<String, Json>, name: &str) -> Option<(&'a String, &'a Json)> {
    let exact = object.get_key_value(name);
    exact.or_else(|| {
        let letters = letters(name);
        object.iter().find(|(key, _)| self::letters(key) == letters)
    })
}

fn letters(name: &str) -> String {
    let letters = name.chars().filter(|it| !matches!(it, '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(name: &str) -> Step {
        Step::Name(name.into())
    }

    fn index(index: &str) -> Step {
        Step::Index(index.into())
    }

    #[track_caller]
    fn check(value: Json, steps: &[Step], expected: &str) {
        assert_eq!(locate("f".into(), &value, steps), expected);
    }

    #[test]
    fn fields_are_called_as_on_the_wire() {
        check(
            json!({ "first_name": "" }),
            &[name("first_name")],
            "f.first_name",
        );
        check(
            json!({ "firstName": "" }),
            &[name("first_name")],
            "f.firstName",
        );
        check(
            json!({ "FIRST-NAME": "" }),
            &[name("first_name")],
            "f.FIRST-NAME",
        );
        check(
            json!([{ "a": [1] }]),
            &[index("0"), name("a"), index("0")],
            "f[0].a[0]",
        );
    }

    #[test]
    fn a_field_that_is_not_written_keeps_its_name() {
        check(
            json!({ "a": 1, "b": 2 }),
            &[name("c"), index("0")],
            "f.c[0]",
        );
        check(Json::Null, &[name("c")], "f.c");
    }

    #[test]
    fn the_fields_of_a_variant_are_found_in_it() {
        check(
            json!({ "dragon": { "wings": 3 } }),
            &[name("wings")],
            "f.dragon.wings",
        );
        check(
            json!({ "t": "dragon", "c": { "wings": 3 } }),
            &[name("wings")],
            "f.c.wings",
        );
        check(
            json!({ "t": "dragon", "wings": 3 }),
            &[name("wings")],
            "f.wings",
        );
        check(json!({ "dragon": 3 }), &[index("0")], "f.dragon");
        check(json!({ "dragon": [1, 3] }), &[index("1")], "f.dragon[1]");
    }

    #[test]
    fn a_newtype_is_what_it_holds() {
        check(json!("ann"), &[index("0")], "f");
    }

    #[test]
    fn keys_of_maps_are_names() {
        check(
            json!({ "3": { "a": 1 } }),
            &[index("3"), name("a")],
            "f.3.a",
        );
    }
}
