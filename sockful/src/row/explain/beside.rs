//! Further mistakes in a nested value that serde refused at the first one, found by its JSON Schema.
//!
//! Only asked about values that are wrong in any case. Where the schema offers a choice it says nothing,
//! unless a tag or null makes the choice.

use serde_json::Value as Json;

use super::Tree;
use super::wording;
use crate::error::FieldError;
use crate::schema::shape::{Definitions, resolve};

/// Pushes every mistake in `tree` that the schema is sure of; `path` leads to it.
pub(crate) fn more_mistakes(
    schema: &Json,
    definitions: &Definitions,
    tree: &Tree,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let mut walk = Walk {
        definitions,
        path: path.to_owned(),
        errors,
    };
    walk.value(schema, tree);
}

struct Walk<'a> {
    definitions: &'a Definitions,
    path: String,
    errors: &'a mut Vec<FieldError>,
}

impl Walk<'_> {
    fn value(&mut self, schema: &Json, tree: &Tree) {
        let schema = resolve(schema, self.definitions);
        if self.errors.len() >= FieldError::MOST {
            return;
        }
        if let Some(branches) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            if let Some(branch) = choose(branches, tree, self.definitions) {
                self.value(branch, tree);
            }
            return;
        }
        if !self.has_type(schema, tree) {
            return;
        }
        match tree {
            Tree::Object(entries) => self.object(schema, entries),
            Tree::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let place = schema.get("prefixItems").and_then(|items| items.get(index));
                    if let Some(schema) = place.or_else(|| schema.get("items")) {
                        self.within(|path| path.push_str(&format!("[{index}]")), schema, item);
                    }
                }
            }
            _ => {}
        }
    }

    fn within(&mut self, step: impl FnOnce(&mut String), schema: &Json, tree: &Tree) {
        let length = self.path.len();
        step(&mut self.path);
        self.value(schema, tree);
        self.path.truncate(length);
    }

    fn object(&mut self, schema: &Json, entries: &[(String, Tree)]) {
        let properties = schema.get("properties").and_then(Json::as_object);
        for (name, value) in entries {
            let described = properties.and_then(|properties| properties.get(name));
            let others = schema.get("additionalProperties");
            if described.is_none() && others.is_some_and(|others| *others == false) {
                let known = properties
                    .into_iter()
                    .flat_map(|it| it.keys().map(String::as_str));
                let error = FieldError::unknown(self.path_to(name), known);
                self.errors.push(error);
            } else if let Some(schema) = described.or(others) {
                self.within(|path| wording::step_into(path, name), schema, value);
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if !entries.iter().any(|(given, _)| given == name) {
                let error = FieldError::required(self.path_to(name));
                self.errors.push(error);
            }
        }
    }

    fn path_to(&self, name: &str) -> String {
        let mut path = self.path.clone();
        wording::step_into(&mut path, name);
        path
    }

    /// Whether the value is of the type described; if not, says so.
    fn has_type(&mut self, schema: &Json, tree: &Tree) -> bool {
        let Some(types) = schema.get("type") else {
            return true;
        };
        let names: Vec<_> = match types {
            Json::String(name) => vec![name.as_str()],
            Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
            _ => return true,
        };
        if names.iter().any(|name| is(name, tree)) {
            return self.in_range(schema, tree);
        }
        let expected: Vec<_> = names.iter().map(|name| noun(name, schema)).collect();
        self.report("wrong_type", &expected.join(" or "), tree);
        false
    }

    fn in_range(&mut self, schema: &Json, tree: &Tree) -> bool {
        let Tree::Number(number) = tree else {
            return true;
        };
        let bound = |name| schema.get(name).and_then(Json::as_f64);
        // Only the bounds of integer types belong to serde; others are for the validation of values.
        if !schema
            .get("format")
            .and_then(Json::as_str)
            .is_some_and(|it| it.contains("int"))
        {
            return true;
        }
        let value = number.as_f64().unwrap_or(f64::NAN);
        let below = bound("minimum").is_some_and(|least| value < least);
        if below || bound("maximum").is_some_and(|most| value > most) {
            self.report("out_of_range", &noun("integer", schema), tree);
        }
        true
    }

    fn report(&mut self, code: &'static str, expected: &str, tree: &Tree) {
        let found = wording::found(&tree.unexpected());
        let message = format!("expected {expected}, found {found}");
        self.errors
            .push(FieldError::new(self.path.clone(), code, message));
    }
}

/// The branch that is meant: the only one beside null, or the one whose tag the value carries.
fn choose<'a>(branches: &'a Json, tree: &Tree, definitions: &'a Definitions) -> Option<&'a Json> {
    let branches = branches
        .as_array()?
        .iter()
        .map(|branch| resolve(branch, definitions));
    let branches = branches.filter(|branch| branch.get("type").is_none_or(|name| name != "null"));
    let branches: Vec<_> = branches.collect();
    if let [only] = branches.as_slice() {
        return (!matches!(tree, Tree::Null)).then_some(only);
    }
    let Tree::Object(entries) = tree else {
        return None;
    };
    let mut meant = branches.into_iter().filter(|branch| {
        let Some(properties) = branch.get("properties").and_then(Json::as_object) else {
            return false;
        };
        properties.iter().any(|(name, property)| {
            let tag = property.get("const").and_then(Json::as_str);
            tag.is_some_and(|tag| {
                let given = entries.iter().find(|(given, _)| given == name);
                given.is_some_and(|(_, value)| matches!(value, Tree::Text(text) if text == tag))
            })
        })
    });
    let first = meant.next();
    // A `$ref` beside the tag describes the rest, but knows nothing of the tag.
    first.filter(|branch| branch.get("$ref").is_none() && meant.next().is_none())
}

pub(super) fn is(name: &str, tree: &Tree) -> bool {
    match tree {
        Tree::Null => name == "null",
        Tree::Bool(_) => name == "boolean",
        Tree::Number(number) => {
            name == "number" || (name == "integer" && (number.is_i64() || number.is_u64()))
        }
        Tree::Text(_) => name == "string",
        Tree::List(_) => name == "array",
        Tree::Object(_) => name == "object",
    }
}

fn noun(name: &str, schema: &Json) -> String {
    let bound = |name| schema.get(name).and_then(Json::as_i64);
    match name {
        "integer" => match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) => format!("an integer from {least} to {most}"),
            (Some(least), None) => format!("an integer from {least}"),
            _ => "an integer".to_owned(),
        },
        "number" => "a number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "string" => "text".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "an object".to_owned(),
        other => other.to_owned(),
    }
}
