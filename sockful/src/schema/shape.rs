//! What a JSON Schema says about the column that keeps a value, and which shared definitions it needs.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::field::Kind;

/// The definitions of a document, by name.
pub(crate) type Definitions = Map<String, Json>;

/// A reference to a reference is rare, and a longer chain is a mistake: stop following it.
const MAX_DEPTH: usize = 16;

/// Follows `$ref` until something is described.
pub(crate) fn resolve<'a>(schema: &'a Json, definitions: &'a Definitions) -> &'a Json {
    let mut schema = schema;
    for _ in 0..MAX_DEPTH {
        match target(schema, definitions) {
            Some(found) => schema = found,
            None => break,
        }
    }
    schema
}

/// The definition that a `$ref` points to.
pub(crate) fn target<'a>(schema: &Json, definitions: &'a Definitions) -> Option<&'a Json> {
    definitions.get(referenced(schema)?.as_ref())
}

/// The name of the definition that a `$ref` points to.
fn referenced(schema: &Json) -> Option<Cow<'_, str>> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
    Some(decode_pointer(name))
}

/// Undoes the escapes of a JSON Pointer inside a URI fragment: `%xx`, `~1`, `~0`.
fn decode_pointer(name: &str) -> Cow<'_, str> {
    if !name.contains(['%', '~']) {
        return Cow::Borrowed(name);
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let hex = (byte == b'%').then(|| tail.get(..2)).flatten();
        let hex = hex.and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok());
        if let Some(hex) = hex {
            bytes.push(hex);
            rest = &tail[2..];
        } else {
            bytes.push(byte);
        }
    }
    let name = String::from_utf8_lossy(&bytes);
    Cow::Owned(name.replace("~1", "/").replace("~0", "~"))
}

/// The column that keeps what `schema` describes, and whether it may be null.
pub(super) fn column(schema: &Json, definitions: &Definitions) -> (Kind, bool) {
    shape(schema, definitions, MAX_DEPTH)
}

fn shape(schema: &Json, definitions: &Definitions, depth: usize) -> (Kind, bool) {
    let schema = resolve(schema, definitions);
    let Some(object) = schema.as_object().filter(|_| depth > 0) else {
        return (Kind::Json, true);
    };
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(branches) = object.get(key).and_then(Json::as_array) {
            return branching(branches, definitions, depth);
        }
    }
    if let Some(values) = object.get("enum").and_then(Json::as_array) {
        return constants(values);
    }
    if let Some(value) = object.get("const") {
        return constants(std::slice::from_ref(value));
    }
    let format = object.get("format").and_then(Json::as_str);
    match object.get("type") {
        Some(Json::String(name)) if name == "null" => (Kind::Json, true),
        Some(Json::String(name)) => (scalar(name, format), false),
        Some(Json::Array(names)) => {
            let named = || names.iter().filter_map(Json::as_str);
            let mut others = named().filter(|name| *name != "null");
            let kind = match (others.next(), others.next()) {
                (Some(name), None) => scalar(name, format),
                _ => Kind::Json,
            };
            (kind, named().any(|name| name == "null"))
        }
        // Nothing is said, so anything goes.
        _ => (Kind::Json, true),
    }
}

fn scalar(name: &str, format: Option<&str>) -> Kind {
    match name {
        "boolean" => Kind::Bool,
        "integer" => Kind::Int,
        "number" => Kind::Float,
        "string" if format == Some("date-time") => Kind::Time,
        "string" => Kind::Text,
        _ => Kind::Json,
    }
}

/// Branches that are stored alike share a column; null is not a branch but the absence of a value.
fn branching(branches: &[Json], definitions: &Definitions, depth: usize) -> (Kind, bool) {
    let mut kind = None;
    let mut nullable = false;
    for branch in branches {
        let resolved = resolve(branch, definitions);
        if resolved.get("type").is_some_and(|name| name == "null") {
            nullable = true;
            continue;
        }
        let (found, null) = shape(resolved, definitions, depth - 1);
        nullable |= null;
        kind = match kind {
            None => Some(found),
            Some(kind) if kind == found => Some(kind),
            Some(_) => Some(Kind::Json),
        };
    }
    (kind.unwrap_or(Kind::Json), nullable)
}

fn constants(values: &[Json]) -> (Kind, bool) {
    let mut values: Vec<_> = values.iter().collect();
    let count = values.len();
    values.retain(|value| !value.is_null());
    let nullable = values.len() < count;
    let kind = if values.is_empty() {
        Kind::Json
    } else if values.iter().all(|value| value.is_string()) {
        Kind::Text
    } else if values.iter().all(|value| value.is_i64() || value.is_u64()) {
        Kind::Int
    } else if values.iter().all(|value| value.is_boolean()) {
        Kind::Bool
    } else {
        Kind::Json
    };
    (kind, nullable)
}

/// Whether null is named as acceptable, as `Option` does. "Anything" does not name it.
pub(super) fn names_null(schema: &Json, definitions: &Definitions) -> bool {
    let schema = resolve(schema, definitions);
    let named = match schema.get("type") {
        Some(Json::String(name)) => name == "null",
        Some(Json::Array(names)) => names.iter().any(|name| name == "null"),
        _ => false,
    };
    named
        || schema
            .get("anyOf")
            .and_then(Json::as_array)
            .is_some_and(|branches| {
                branches
                    .iter()
                    .any(|branch| branch.get("type").is_some_and(|name| name == "null"))
            })
}

/// Whether a description names keys of objects, its own or those of what lies inside.
pub(super) fn names_keys(schema: &Json, definitions: &Definitions) -> bool {
    fn names(schema: &Json) -> bool {
        match schema {
            Json::Object(words) => words.contains_key("properties") || words.values().any(names),
            Json::Array(parts) => parts.iter().any(names),
            _ => false,
        }
    }
    names(schema) || reachable(&[schema], definitions).values().any(names)
}

/// Takes null out of the types that a description lists.
pub(super) fn refuse_null(schema: &mut Json) {
    if let Some(Json::Array(names)) = schema.get_mut("type") {
        names.retain(|name| name != "null");
    }
}

/// Takes `names` out of the definition of `record`.
pub(super) fn withhold<'a>(
    record: &Json,
    definitions: &mut Definitions,
    names: impl Iterator<Item = &'a str>,
) {
    let definition = referenced(record).and_then(|name| definitions.get_mut(name.as_ref()));
    let properties = definition.and_then(|it| it.get_mut("properties")?.as_object_mut());
    let Some(properties) = properties else { return };
    for name in names {
        properties.remove(name);
    }
}

/// The definitions that `roots` need, directly or through others.
pub(super) fn reachable(roots: &[&Json], definitions: &Definitions) -> Definitions {
    let mut found = Definitions::new();
    let mut waiting = roots.to_vec();
    while let Some(schema) = waiting.pop() {
        visit_references(schema, &mut |name| {
            if let Some((name, definition)) = definitions.get_key_value(name)
                && !found.contains_key(name)
            {
                found.insert(name.clone(), definition.clone());
                waiting.push(definition);
            }
        });
    }
    found
}

/// Adds what `answers` need. A type that is written differently than it is read is kept twice: the
/// written form is called `..Output`.
pub(super) fn merge_answers(
    kept: &mut Definitions,
    answers: &mut [&mut Json],
    definitions: &Definitions,
) {
    let roots: Vec<&Json> = answers.iter().map(|answer| &**answer).collect();
    let needed = reachable(&roots, definitions);
    let mut renamed: BTreeSet<String> = needed
        .iter()
        .filter(|(name, definition)| kept.get(*name).is_some_and(|other| other != *definition))
        .map(|(name, _)| name.clone())
        .collect();
    // Whatever refers to a renamed type differs from its namesake as well.
    loop {
        let before = renamed.len();
        for (name, definition) in &needed {
            let mut refers = false;
            visit_references(definition, &mut |target| refers |= renamed.contains(target));
            if refers && kept.contains_key(name) {
                renamed.insert(name.clone());
            }
        }
        if renamed.len() == before {
            break;
        }
    }
    for (name, mut definition) in needed {
        rename(&mut definition, &renamed);
        let name = if renamed.contains(&name) {
            format!("{name}Output")
        } else {
            name
        };
        kept.insert(name, definition);
    }
    for answer in answers {
        rename(answer, &renamed);
    }
}

fn visit_references<'a>(schema: &'a Json, visit: &mut dyn FnMut(&str)) {
    if let Some(name) = referenced(schema) {
        visit(&name);
    }
    let mut each = |inner: &'a Json| visit_references(inner, visit);
    match schema {
        Json::Object(object) => object.values().for_each(&mut each),
        Json::Array(list) => list.iter().for_each(each),
        _ => {}
    }
}

fn rename(schema: &mut Json, renamed: &BTreeSet<String>) {
    let hit = referenced(schema).is_some_and(|name| renamed.contains(name.as_ref()));
    if let (true, Some(Json::String(target))) = (hit, schema.get_mut("$ref")) {
        target.push_str("Output");
    }
    match schema {
        Json::Object(object) => object.values_mut().for_each(|inner| rename(inner, renamed)),
        Json::Array(list) => list.iter_mut().for_each(|inner| rename(inner, renamed)),
        _ => {}
    }
}
