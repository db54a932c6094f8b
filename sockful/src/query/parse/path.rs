//! The keys that lead into a nested value: `'pos.x'`.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use crate::app::Config;
use crate::error::FieldError;
use crate::row::cut;
use crate::schema::shape::{Definitions, target};
use crate::schema::{Field, Kind, Schema};

/// The keys behind the first dot, checked against what the field's type is described as.
///
/// # Errors
/// A code and a message, if they cannot lead anywhere.
pub(super) fn keys(
    schema: &Schema,
    field: &Field,
    rest: &str,
    config: &Config,
) -> Result<Vec<Box<str>>, (&'static str, String)> {
    if field.kind != Kind::Json {
        let message = format!("{} is {} and has no parts", field.name, field.kind.noun());
        return Err(("unknown_field", message));
    }
    let keys: Vec<&str> = rest.split('.').collect();
    if keys.len() > config.query_depth {
        let most = config.query_depth;
        return Err(("too_deep", format!("keys of one path: at most {most}")));
    }
    let mut at = Descriptions::of(&field.schema, &schema.definitions);
    for key in &keys {
        if key.is_empty() || key.contains(['"', '\\', '\0']) {
            let message =
                "a key of a path is not empty, and holds no quotation mark, backslash or U+0000";
            return Err(("invalid", message.to_owned()));
        }
        at = at.step(key).ok_or_else(|| {
            let unknown = FieldError::unknown("", at.keys());
            ("unknown_field", format!("{} {}", cut(key), unknown.message))
        })?;
    }
    Ok(keys.into_iter().map(Into::into).collect())
}

static ANYTHING: Json = Json::Bool(true);

/// Everything that may describe one value.
struct Descriptions<'a> {
    schemas: Vec<&'a Json>,
    definitions: &'a Definitions,
}

impl<'a> Descriptions<'a> {
    fn of(schema: &'a Json, definitions: &'a Definitions) -> Self {
        let mut all = Self {
            schemas: Vec::new(),
            definitions,
        };
        all.add(schema, &mut HashSet::new());
        all
    }

    /// Adds a description, and those it consists of. One that leads back to itself adds nothing.
    fn add(&mut self, schema: &'a Json, seen: &mut HashSet<*const Json>) {
        if !seen.insert(schema) {
            return;
        }
        self.schemas.push(schema);
        if let Some(target) = target(schema, self.definitions) {
            self.add(target, seen);
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            for branch in schema
                .get(word)
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
            {
                self.add(branch, seen);
            }
        }
    }

    /// What may describe the value of this key; `None` if no object described here can have it.
    fn step(&self, key: &str) -> Option<Self> {
        let mut inside = Self {
            schemas: Vec::new(),
            definitions: self.definitions,
        };
        let mut seen = HashSet::new();
        for schema in &self.schemas {
            for found in of_key(schema, key) {
                inside.add(found, &mut seen);
            }
        }
        (!inside.schemas.is_empty()).then_some(inside)
    }

    /// The keys that are known by name.
    fn keys(&self) -> Vec<&'a str> {
        let properties = self
            .schemas
            .iter()
            .filter_map(|schema| schema.get("properties"));
        let properties = properties.filter_map(Json::as_object);
        let mut keys: Vec<_> = properties
            .flat_map(|it| it.keys().map(String::as_str))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// What one description says of a key.
fn of_key<'a>(schema: &'a Json, key: &str) -> Vec<&'a Json> {
    const LEADING_ON: [&str; 6] = ["$ref", "allOf", "anyOf", "oneOf", "enum", "const"];
    const NAMING: [&str; 3] = ["properties", "patternProperties", "additionalProperties"];
    let Json::Object(words) = schema else {
        return if *schema == true {
            vec![&ANYTHING]
        } else {
            Vec::new()
        };
    };
    let is_object = match words.get("type") {
        Some(Json::String(name)) => name == "object",
        Some(Json::Array(names)) => names.iter().any(|name| name == "object"),
        _ => true,
    };
    if !is_object {
        return Vec::new();
    }
    if let Some(named) = words.get("properties").and_then(|it| it.get(key)) {
        return vec![named];
    }
    let names = |of: &[&str]| of.iter().any(|word| words.contains_key(*word));
    if !names(&NAMING) {
        // It says nothing of keys; so it may have any, unless another description speaks for it.
        return if names(&LEADING_ON) {
            Vec::new()
        } else {
            vec![&ANYTHING]
        };
    }
    let patterns = words.get("patternProperties").and_then(Json::as_object);
    let patterns = patterns.into_iter().flat_map(Map::values);
    let rest = ["additionalProperties", "unevaluatedProperties"];
    let rest = rest.into_iter().filter_map(|word| words.get(word));
    patterns.chain(rest).filter(|it| **it != false).collect()
}
