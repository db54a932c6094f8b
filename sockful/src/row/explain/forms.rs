//! Which of the forms that a JSON Schema describes a value has.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::Tree;
use super::beside::is;
use crate::schema::shape::{Definitions, target};

/// One form of a value: descriptions that all hold of it. Without any, it may be anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Form<'a>(Vec<&'a Map<String, Json>>);

static ANYTHING: Json = Json::Bool(true);

/// A description of more forms than this is not taken apart: what it describes may be anything.
const MOST_FORMS: usize = 64;
/// The same for one that leads from reference to reference without an end.
const DEPTH: usize = 32;

/// The words that lead to other descriptions of the same value.
const BRANCHING: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];

impl<'a> Form<'a> {
    /// What describes the value of this key; nothing where the form does not know the key.
    pub(super) fn of_key(&self, key: &str) -> Vec<&'a Json> {
        if !self.0.iter().any(|part| names_keys(part)) {
            return vec![&ANYTHING];
        }
        let named = self.0.iter();
        let named = named.filter_map(|part| part.get("properties")?.get(key));
        let named: Vec<_> = named.collect();
        if !named.is_empty() {
            return named;
        }
        let others = self.0.iter().flat_map(|part| {
            let patterns = part.get("patternProperties").and_then(Json::as_object);
            let rest = ["additionalProperties", "unevaluatedProperties"];
            let rest = rest.into_iter().filter_map(|word| part.get(word));
            patterns.into_iter().flat_map(Map::values).chain(rest)
        });
        others.filter(|schema| **schema != false).collect()
    }

    /// What describes the item at this place of a list.
    pub(super) fn of_item(&self, index: usize) -> Vec<&'a Json> {
        let parts = self.0.iter();
        let described = parts.filter_map(|part| {
            let place = part.get("prefixItems").and_then(|items| items.get(index));
            place.or_else(|| part.get("items"))
        });
        let described: Vec<_> = described.collect();
        if described.is_empty() {
            return vec![&ANYTHING];
        }
        described
    }

    /// Whether it is the form of an object, and so of no list.
    pub(super) fn is_of_objects(&self) -> bool {
        self.0.iter().any(|part| match part.get("type") {
            Some(Json::String(name)) => name == "object",
            Some(Json::Array(names)) => {
                let has = |wanted: &str| names.iter().any(|name| name == wanted);
                has("object") && !has("array")
            }
            _ => false,
        })
    }

    /// The keys it knows by name.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        let properties = self.0.iter().filter_map(|part| part.get("properties"));
        let properties = properties.filter_map(Json::as_object);
        properties.flat_map(|it| it.keys().map(String::as_str))
    }
}

/// Whether it speaks of keys at all.
fn names_keys(part: &Map<String, Json>) -> bool {
    ["properties", "patternProperties", "additionalProperties"]
        .iter()
        .any(|word| part.contains_key(*word))
}

/// Takes descriptions apart for values. Each is compared with each value once, however many ways lead there.
pub(super) struct Forms<'a> {
    definitions: &'a Definitions,
    fitting: RefCell<HashMap<(*const Json, *const Tree), bool>>,
}

impl<'a> Forms<'a> {
    pub(super) fn new(definitions: &'a Definitions) -> Self {
        Self {
            definitions,
            fitting: RefCell::default(),
        }
    }

    /// The forms among those described that the value has.
    pub(super) fn of(&self, schema: &'a Json, tree: &Tree) -> Vec<Form<'a>> {
        self.expand(schema, tree, DEPTH)
            .unwrap_or_else(|| vec![Form::default()])
    }

    /// `None` if there are too many.
    fn expand(&self, schema: &'a Json, tree: &Tree, depth: usize) -> Option<Vec<Form<'a>>> {
        if !self.fits(schema, tree) {
            return Some(Vec::new());
        }
        let Json::Object(object) = schema else {
            return Some(vec![Form::default()]);
        };
        let depth = depth.checked_sub(1)?;
        let mut forms = vec![Form(vec![object])];
        if let Some(target) = target(schema, self.definitions) {
            forms = both(&forms, &self.expand(target, tree, depth)?)?;
        }
        for part in branches(object, "allOf") {
            forms = both(&forms, &self.expand(part, tree, depth)?)?;
        }
        for word in ["anyOf", "oneOf"] {
            if object.contains_key(word) {
                let mut either = Vec::new();
                for branch in branches(object, word) {
                    either.extend(self.expand(branch, tree, depth)?);
                }
                forms = both(&forms, &either)?;
            }
        }
        Some(forms)
    }

    /// Whether the value is as described, as far as kinds, tags, keys and lengths tell.
    fn fits(&self, schema: &'a Json, tree: &Tree) -> bool {
        let Json::Object(object) = schema else {
            return *schema != false;
        };
        let compound = matches!(tree, Tree::List(_) | Tree::Object(_));
        if !compound && !BRANCHING.iter().any(|word| object.contains_key(*word)) {
            return self.is_kind(object, tree);
        }
        let place = (std::ptr::from_ref(schema), std::ptr::from_ref(tree));
        // A description that leads back to itself adds nothing.
        let known = self.fitting.borrow().get(&place).copied();
        if let Some(known) = known {
            return known;
        }
        self.fitting.borrow_mut().insert(place, true);
        let fits = self.is_kind(object, tree)
            && target(schema, self.definitions).is_none_or(|target| self.fits(target, tree))
            && branches(object, "allOf").all(|part| self.fits(part, tree))
            && ["anyOf", "oneOf"].iter().all(|word| {
                !object.contains_key(*word)
                    || branches(object, word).any(|branch| self.fits(branch, tree))
            })
            && match tree {
                Tree::Object(entries) => self.has_keys(object, entries),
                Tree::List(items) => self.has_items(object, items),
                _ => true,
            };
        self.fitting.borrow_mut().insert(place, fits);
        fits
    }

    fn is_kind(&self, object: &Map<String, Json>, tree: &Tree) -> bool {
        // serde takes a list for a struct: only so is it found where that happened.
        let has =
            |name: &str| is(name, tree) || (name == "object" && matches!(tree, Tree::List(_)));
        let kind = match object.get("type") {
            Some(Json::String(name)) => has(name),
            Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).any(has),
            _ => true,
        };
        let one = object.get("const").is_none_or(|value| equal(value, tree));
        let listed = object.get("enum").and_then(Json::as_array);
        kind && one && listed.is_none_or(|values| values.iter().any(|value| equal(value, tree)))
    }

    fn has_keys(&self, object: &'a Map<String, Json>, entries: &[(String, Tree)]) -> bool {
        let given = |name: &str| entries.iter().any(|(given, _)| given == name);
        let required = object.get("required").and_then(Json::as_array);
        let mut required = required.into_iter().flatten().filter_map(Json::as_str);
        let properties = object.get("properties").and_then(Json::as_object);
        let closed = object
            .get("additionalProperties")
            .is_some_and(|it| *it == false)
            && !object.contains_key("patternProperties");
        required.all(given)
            && entries.iter().all(|(name, value)| {
                match properties.and_then(|properties| properties.get(name)) {
                    Some(described) => self.fits(described, value),
                    None => !closed,
                }
            })
    }

    fn has_items(&self, object: &'a Map<String, Json>, items: &[Tree]) -> bool {
        let bound = |word| object.get(word).and_then(Json::as_u64);
        let length = items.len() as u64;
        let form = Form(vec![object]);
        bound("minItems").is_none_or(|least| length >= least)
            && bound("maxItems").is_none_or(|most| length <= most)
            && items.iter().enumerate().all(|(index, item)| {
                let mut described = form.of_item(index).into_iter();
                described.all(|schema| self.fits(schema, item))
            })
    }
}

fn branches<'a>(object: &'a Map<String, Json>, word: &str) -> impl Iterator<Item = &'a Json> {
    object
        .get(word)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}

/// Every form of the one together with every form of the other.
fn both<'a>(these: &[Form<'a>], those: &[Form<'a>]) -> Option<Vec<Form<'a>>> {
    let joined = these.iter().flat_map(|this| {
        those
            .iter()
            .map(|that| Form([this.0.as_slice(), &that.0].concat()))
    });
    (these.len() * those.len() <= MOST_FORMS).then(|| joined.collect())
}

fn equal(value: &Json, tree: &Tree) -> bool {
    match (value, tree) {
        (Json::Null, Tree::Null) => true,
        (Json::Bool(a), Tree::Bool(b)) => a == b,
        (Json::Number(a), Tree::Number(b)) => a == b,
        (Json::String(a), Tree::Text(b)) => a == b,
        _ => false,
    }
}
