//! The fields that hold ids of parents.

use syn::ext::IdentExt;
use syn::{Type, TypePath};

use crate::attr::Spanned;
use crate::errors::Errors;
use crate::names::{BUILT_IN_ACTIONS, is_resource_name, plural, snake_case};
use crate::resource::ast::{Field, Resource};
use crate::resource::attrs::OnDestroy;

/// A field that holds the id of a parent.
pub(crate) struct Parent<'a> {
    pub(crate) field: &'a Field<'a>,
    /// The resource that the parent is of.
    pub(crate) of: &'a Type,
    /// What the record calls its parent: `album`.
    pub(crate) name: String,
    /// What the parent calls one of its children: `song`.
    pub(crate) child: String,
    /// What it calls them all: `songs`.
    pub(crate) children: String,
}

/// Every parent of a resource.
pub(super) fn parents<'a>(resource: &'a Resource<'a>, errors: &Errors) -> Vec<Parent<'a>> {
    let mut alone = Vec::new();
    let mut parents = Vec::new();
    for field in resource.stored() {
        let Some(word) = &field.words.parent else {
            speaks_of_a_parent(field, errors);
            continue;
        };
        may_hold_it(field, errors);
        names_are_allowed(field, errors);
        let stated = resource.words.parent.as_ref().map(|(_, of)| of);
        match (&field.words.parent_type, stated) {
            (Some(of), _) => parents.push(parent(resource, field, of, errors)),
            (None, Some(of)) => {
                alone.push(word);
                parents.push(parent(resource, field, of, errors));
            }
            (None, None) => errors.push(
                word,
                "a parent of which resource? write `#[resource(parent = Album)]` on the struct, or here",
            ),
        }
    }
    let Some((word, of)) = &resource.words.parent else {
        return parents;
    };
    match alone.as_slice() {
        [] => errors.push(
            word,
            "which field holds the id of the parent? mark it with `#[resource(parent)]`",
        ),
        [_] => {}
        [_, others @ ..] => {
            let of = quote::quote!(#of).to_string();
            for other in others {
                errors.push(
                    other,
                    format!(
                        "another field holds the id of the parent already; write which resource this one is of: \
                         `parent = {of}`"
                    ),
                );
            }
        }
    }
    parents
}

fn parent<'a>(
    resource: &Resource<'_>,
    field: &'a Field<'a>,
    of: &'a Type,
    errors: &Errors,
) -> Parent<'a> {
    if is_itself(resource, of) && !field.is_spelt_option() {
        errors.push(
            field.ty,
            "the first record of all has no parent; make it an `Option`",
        );
    }
    let name = name(resource, field, of);
    let same = |other: &&Field<'_>| resource.field_name(other) == name;
    if let Some(other) = resource.stored().find(same) {
        errors.push(
            field.ident,
            format!(
                "clashing names: the record calls its parent `{name}`, as it calls its field `{}`; rename one",
                other.ident
            ),
        );
    }
    let written = |name: &Option<Spanned>| name.as_ref().map(|name| name.text.clone());
    let child = written(&field.words.child).unwrap_or_else(|| resource.wire_name());
    Parent {
        field,
        of,
        name,
        children: written(&field.words.children).unwrap_or_else(|| plural(&child)),
        child,
    }
}

/// What a record calls its parent: `album` by a field `album_id`, and by any other name if it is an `Album`.
fn name(resource: &Resource<'_>, field: &Field<'_>, of: &Type) -> String {
    let rust_name = field.rust_name();
    if let Some(name) = rust_name.strip_suffix("_id").filter(|it| !it.is_empty()) {
        return name.to_owned();
    }
    let Type::Path(TypePath { path, .. }) = of else {
        return rust_name;
    };
    match path.segments.last() {
        Some(last) if last.ident != "Self" => snake_case(&last.ident.unraw().to_string()),
        _ => resource.wire_name(),
    }
}

/// Whether this is the resource that is being described.
pub(super) fn is_itself(resource: &Resource<'_>, of: &Type) -> bool {
    match of {
        Type::Path(TypePath {
            qself: None, path, ..
        }) => path.is_ident("Self") || path.get_ident() == Some(resource.ident),
        _ => false,
    }
}

/// `#[resource(on_destroy = restrict)]` without a parent
fn speaks_of_a_parent(field: &Field<'_>, errors: &Errors) {
    for name in ["on_destroy", "child", "children"] {
        if let Some(word) = field.words.get(name) {
            errors.push(
                word,
                format!("`{name}` is for a field that holds the id of a parent; write `parent` beside it, or remove it"),
            );
        }
    }
}

/// `#[resource(parent, private)]`, and what else cannot hold the id of a parent.
fn may_hold_it(field: &Field<'_>, errors: &Errors) {
    let clashes = [
        (
            "id",
            "a record has an id of its own; give the parent another field",
        ),
        (
            "private",
            "clients find records by their parent; remove `private`",
        ),
        (
            "write_only",
            "clients find records by their parent; remove `write_only`",
        ),
        ("rev", "a revision is no id"),
        ("created_at", "a time is no id"),
        ("updated_at", "a time is no id"),
        (
            "index",
            "the id of a parent is indexed anyway; remove `index`",
        ),
    ];
    for (other, why) in clashes {
        // The field named `id` is one without the word.
        let word = match other {
            "id" if field.is_id() => field.words.parent.as_ref(),
            _ => field.words.get(other),
        };
        if let Some(word) = word {
            errors.push(word, why);
        }
    }
    if let Some(with) = &field.serde.with {
        errors.push(
            with,
            "the id of a parent is kept as the parent keeps it; remove this",
        );
    }
    if field.words.on_destroy == Some(OnDestroy::Detach)
        && !field.is_spelt_option()
        && let Some(word) = field.words.get("on_destroy")
    {
        errors.push(
            word,
            "a record that must have a parent cannot be detached from it; make the field an `Option`, or write \
             `cascade` or `restrict`",
        );
    }
}

/// `#[resource(children = "all")]`
fn names_are_allowed(field: &Field<'_>, errors: &Errors) {
    let allowed = |name: &Spanned, word: &str| {
        if !is_resource_name(&name.text) {
            errors.push_at(
                name.span,
                format!(
                    "`{}` is no name for `{word}`: ASCII, in `snake_case`",
                    name.text
                ),
            );
        } else if BUILT_IN_ACTIONS.contains(&name.text.as_str()) {
            errors.push_at(
                name.span,
                format!(
                    "`{}` is an action of every resource; choose another name",
                    name.text
                ),
            );
        }
    };
    if let Some(name) = &field.words.child {
        allowed(name, "child");
    }
    if let Some(name) = &field.words.children {
        allowed(name, "children");
    }
}
