//! Unknown fields inside a value, each with its path, and lists where only objects are described.
//!
//! Of an object that serde reads as a struct, the type itself announces the fields. Of one that serde buffers first, the description of
//! the type tells them: any of the forms that fit must know all keys. There serde would also take a list for a struct.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value as Json;

use super::forms::{Form, Forms};
use super::{Description, Tree, wording};
use crate::error::FieldError;
use crate::schema::shape::Definitions;

/// The objects of a tree that were read as structs, with the fields these announced.
#[derive(Debug, Default)]
pub(crate) struct Seen(RefCell<HashMap<*const Tree, &'static [&'static str]>>);

impl Seen {
    pub(super) fn insert(&self, object: &Tree, fields: &'static [&'static str]) {
        self.0.borrow_mut().insert(object, fields);
    }

    fn fields_of(&self, object: &Tree) -> Option<&'static [&'static str]> {
        self.0.borrow().get(&std::ptr::from_ref(object)).copied()
    }
}

/// Every unknown field in `tree`, to which `path` leads, after it was read with `seen` looking on, and every list in
/// place of an object.
pub(super) fn unknown_fields(
    description: Option<Description<'_>>,
    tree: &Tree,
    path: &str,
    seen: &Seen,
) -> Vec<FieldError> {
    let nothing = Definitions::new();
    let definitions = description.map_or(&nothing, |it| it.definitions);
    let mut walk = Walk {
        forms: Forms::new(definitions),
        seen,
        path: path.to_owned(),
        errors: Vec::new(),
    };
    let schemas: Vec<_> = description.iter().map(|it| it.schema).collect();
    walk.value(&schemas, tree);
    walk.errors
}

struct Walk<'a> {
    forms: Forms<'a>,
    seen: &'a Seen,
    path: String,
    errors: Vec<FieldError>,
}

impl<'a> Walk<'a> {
    /// `schemas` are alternatives; none if nothing is known.
    fn value(&mut self, schemas: &[&'a Json], tree: &Tree) {
        if self.errors.len() >= FieldError::MOST || !matches!(tree, Tree::List(_) | Tree::Object(_))
        {
            return;
        }
        let forms = schemas
            .iter()
            .flat_map(|schema| self.forms.of(schema, tree));
        let forms: Vec<_> = forms.collect();
        match tree {
            Tree::Object(entries) => self.object(forms, tree, entries),
            Tree::List(items) => {
                let any = !forms.is_empty();
                let lists: Vec<_> = forms.iter().filter(|form| !form.is_of_objects()).collect();
                if any && lists.is_empty() {
                    let message = "expected an object, found a list";
                    let error = FieldError::new(self.path.clone(), "wrong_type", message);
                    self.errors.push(error);
                    return;
                }
                for (index, item) in items.iter().enumerate() {
                    let schemas = distinct(lists.iter().flat_map(|form| form.of_item(index)));
                    self.within(|path| path.push_str(&format!("[{index}]")), &schemas, item);
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, mut forms: Vec<Form<'a>>, object: &Tree, entries: &[(String, Tree)]) {
        let fields = self.seen.fields_of(object);
        if fields.is_none() {
            forms = closest(forms, entries);
        }
        for (name, value) in entries {
            if self.errors.len() >= FieldError::MOST {
                break;
            }
            let schemas = distinct(forms.iter().flat_map(|form| form.of_key(name)));
            let known = match fields {
                Some(fields) => fields.contains(&name.as_str()),
                None => !schemas.is_empty() || forms.is_empty(),
            };
            if known {
                self.within(|path| wording::step_into(path, name), &schemas, value);
            } else {
                let mut path = self.path.clone();
                wording::step_into(&mut path, name);
                let keys = fields.map_or_else(
                    || {
                        forms
                            .first()
                            .map(|form| form.keys().collect())
                            .unwrap_or_default()
                    },
                    <[_]>::to_vec,
                );
                self.errors.push(FieldError::unknown(path, keys));
            }
        }
    }

    fn within(&mut self, step: impl FnOnce(&mut String), schemas: &[&'a Json], tree: &Tree) {
        let length = self.path.len();
        step(&mut self.path);
        self.value(schemas, tree);
        self.path.truncate(length);
    }
}

/// The forms that know every key; if none does, the one that knows most of them.
fn closest<'a>(forms: Vec<Form<'a>>, entries: &[(String, Tree)]) -> Vec<Form<'a>> {
    let unknown = |form: &Form<'_>| {
        let unknown = entries
            .iter()
            .filter(|(name, _)| form.of_key(name).is_empty());
        unknown.count()
    };
    let least = forms.iter().map(unknown).min();
    let mut closest: Vec<_> = forms
        .into_iter()
        .filter(|form| Some(unknown(form)) == least)
        .collect();
    if least != Some(0) {
        closest.truncate(1);
    }
    closest
}

fn distinct<'a>(schemas: impl Iterator<Item = &'a Json>) -> Vec<&'a Json> {
    let mut distinct: Vec<&Json> = Vec::new();
    for schema in schemas {
        if !distinct.iter().any(|known| std::ptr::eq(*known, schema)) {
            distinct.push(schema);
        }
    }
    distinct
}
