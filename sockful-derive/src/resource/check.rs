//! What is forbidden: one function per rule. What passes is a [`Checked`] resource, with nothing left to doubt.

mod parent;
mod set;
mod words;

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream};
use syn::GenericParam;

use super::ast::{Field, Resource};
use crate::errors::Errors;
use crate::names::{OUR_TABLES, RESERVED_RESOURCES, is_resource_name, is_stored_name};
use crate::output::Access;
use crate::policy;

pub(crate) use parent::Parent;

/// A resource without mistakes.
pub(crate) struct Checked<'a> {
    pub(crate) resource: &'a Resource<'a>,
    pub(crate) name: String,
    pub(crate) access: Access,
    /// What `#[policy(..)]` says.
    pub(crate) policy: Option<policy::Checked<'a>>,
    pub(crate) id: &'a Field<'a>,
    /// The type of the user, where a field is set by one.
    pub(crate) user: Option<TokenStream>,
    /// The fields that hold ids of parents.
    pub(crate) parents: Vec<Parent<'a>>,
}

/// Applies every rule. `None` only if at least one was broken.
pub(crate) fn check<'a>(resource: &'a Resource<'a>, errors: &Errors) -> Option<Checked<'a>> {
    no_generics(resource, errors);
    let access = access_is_decided(resource, errors);
    let name = name_is_allowed(resource, errors);
    table_is_allowed(resource, errors);
    let id = one_id(resource, errors);
    one_revision(resource, errors);
    names_differ(resource, errors);
    renames_are_clear(resource, errors);
    for field in &resource.fields {
        if field.serde.skip.is_some() {
            skipped_says_nothing(field, errors);
        } else if let Some(word) = field.hidden() {
            hidden_is_unknown_to_serde(resource, field, word, errors);
        } else {
            visible_is_always_written(field, errors);
        }
        bigint_is_text_to_serde(resource, field, errors);
        words::kept_has_a_default(resource, field, errors);
    }
    words::agree(resource, errors);
    let user = set::user(resource, errors);
    let parents = parent::parents(resource, errors);
    let policy = resource.policy.and_then(|policy| {
        let fields = resource.fields.iter().map(|field| {
            let kept = match &field.serde {
                serde if serde.skip.is_some() => policy::Kept::Nowhere,
                serde if serde.custom => policy::Kept::Otherwise,
                _ => policy::Kept::Plainly,
            };
            (field.ident, kept)
        });
        let parents = parents.iter().map(|parent| policy::Parent {
            name: parent.name.clone(),
            field: parent.field.rust_name(),
            of: parent.of,
            is_itself: parent::is_itself(resource, parent.of),
        });
        policy::check(policy, resource.ident, fields, parents.collect(), errors)
    });
    Some(Checked {
        resource,
        name,
        access: access?,
        policy,
        id: id?,
        user,
        parents,
    })
}

/// `struct Card<T> { .. }`
fn no_generics(resource: &Resource<'_>, errors: &Errors) {
    for parameter in &resource.original.generics.params {
        let what = match parameter {
            GenericParam::Lifetime(_) => "a resource owns its data: it has no lifetimes",
            GenericParam::Type(_) | GenericParam::Const(_) => {
                "a resource is one table: it has no generic parameters"
            }
        };
        errors.push(parameter, what);
    }
}

/// `#[derive(Resource)] struct Card { .. }`, with no word on who may call it, or with two.
fn access_is_decided(resource: &Resource<'_>, errors: &Errors) -> Option<Access> {
    let words = resource.words;
    let (attribute, word) = (resource.policy.map(|policy| policy.span), &words.policy);
    match (words.decides_access, attribute, word) {
        (true, None, None) => return words.access,
        (false, Some(_), None) | (false, None, Some(_)) => return Some(Access::Policy),
        (false, None, None) => errors.push(
            resource.ident,
            format!(
                "who may call `{}`? write `#[resource(access = public)]`, `#[resource(access = authenticated)]`, \
                 or a `#[policy(..)]`",
                resource.ident
            ),
        ),
        (true, Some(span), _) => errors.push_at(
            span,
            "`access` decides already; remove it, or the policy",
        ),
        (_, _, Some(word)) => errors.push(
            word,
            "this word is for a policy written by hand, and something else decides already; remove one",
        ),
    }
    None
}

/// `struct Disconnect { .. }`, `struct Über { .. }`, `#[resource(name = "My Card")]`
fn name_is_allowed(resource: &Resource<'_>, errors: &Errors) -> String {
    let name = resource.wire_name();
    let (span, remedy) = match &resource.words.name {
        Some(written) => (written.span, "choose another name"),
        None => (
            resource.ident.span(),
            "choose one with `#[resource(name = \"..\")]`",
        ),
    };
    if RESERVED_RESOURCES.contains(&name.as_str()) {
        errors.push_at(
            span,
            format!("`{name}` is an event of Socket.IO or of sockful itself; {remedy}"),
        );
    } else if !is_resource_name(&name) {
        errors.push_at(
            span,
            format!("`{name}` is no name of a resource: ASCII, in `snake_case`; {remedy}"),
        );
    }
    name
}

/// `#[resource(table = "")]`, `#[resource(table = "sockful_log")]`
fn table_is_allowed(resource: &Resource<'_>, errors: &Errors) {
    let Some(written) = &resource.words.table else {
        return;
    };
    let name = written.value();
    let start = name.get(..OUR_TABLES.len()).unwrap_or_default();
    if !is_stored_name(&name) {
        errors.push(written, "no database has a table of this name");
    } else if start.eq_ignore_ascii_case(OUR_TABLES) {
        errors.push(
            written,
            format!("the tables whose names begin with `{OUR_TABLES}` are sockful's own"),
        );
    }
}

/// No field that is the id; two of them; an id that is skipped, private, or `index`ed once more.
fn one_id<'a>(resource: &'a Resource<'a>, errors: &Errors) -> Option<&'a Field<'a>> {
    let mut ids = resource.ids();
    let Some(id) = ids.next() else {
        errors.push(
            resource.ident,
            format!(
                "`{}` has no id: add `id: Id<Self>`, or mark a field with `#[resource(id)]`",
                resource.ident
            ),
        );
        return None;
    };
    for second in ids {
        // Whichever of the two has the word is the one to change.
        let (marked, other) = if second.words.id.is_some() {
            (second, id)
        } else {
            (id, second)
        };
        let place = marked.words.id.as_ref().unwrap_or(marked.ident);
        errors.push(
            place,
            format!(
                "two ids: `{}` already is the id of this resource",
                other.ident
            ),
        );
    }
    if let Some(skip) = &id.serde.skip {
        errors.push(skip, "the id must be stored; remove serde's `skip`");
    }
    if let Some(private) = &id.words.private {
        errors.push(
            private,
            "clients name records by their id, so it cannot be `private`",
        );
    }
    for word in [&id.words.index, &id.words.unique].into_iter().flatten() {
        errors.push(
            word,
            format!("the id is unique and indexed anyway; remove `{word}`"),
        );
    }
    Some(id)
}

/// Two fields that are the revision; one that is something else as well.
fn one_revision(resource: &Resource<'_>, errors: &Errors) {
    let mut found: Option<&Field<'_>> = None;
    for field in resource.stored() {
        let words = &field.words;
        let Some(rev) = &words.rev else { continue };
        if let Some(first) = found.replace(field) {
            let message = format!("two revisions: `{}` already holds it", first.ident);
            errors.push(rev, message);
        }
        if field.is_id() {
            errors.push(
                rev,
                "the id stays, and the revision changes; give it a field of its own",
            );
        }
        let others = [
            (
                &words.unique,
                "records that change together share a revision",
            ),
            (&words.private, "clients see revisions in `meta` anyway"),
            (&words.bigint, "every client can hold a revision"),
        ];
        for (word, why) in others {
            if let Some(word) = word {
                errors.push(word, format!("{why}; remove `{word}`"));
            }
        }
    }
}

/// `#[serde(rename = "title")] name: String` beside `title: String`
fn names_differ(resource: &Resource<'_>, errors: &Errors) {
    let mut names = HashSet::new();
    for field in resource.stored() {
        let name = resource.field_name(field);
        if !names.insert(name.clone()) {
            let message = format!("clashing names: another field is `{name}` on the wire too");
            match &field.serde.rename {
                Some(written) => errors.push(written, message),
                None => errors.push(field.ident, message),
            }
        }
    }
}

/// `#[resource(renamed_from = "title")]` beside a field `title`, or on two fields, or on `title` itself.
fn renames_are_clear(resource: &Resource<'_>, errors: &Errors) {
    let names: HashSet<_> = resource
        .stored()
        .map(|it| resource.field_name(it))
        .collect();
    let mut taken = HashSet::new();
    for field in resource.stored() {
        let name = resource.field_name(field);
        for written in &field.words.renamed_from {
            let old = written.value();
            if old == name {
                errors.push(written, "this is its name still; remove it");
            } else if names.contains(&old) {
                errors.push(
                    written,
                    format!("clashing names: another field is stored as `{old}`"),
                );
            } else if !taken.insert(old.clone()) {
                errors.push(
                    written,
                    format!("only one field can have what was stored as `{old}`; remove one"),
                );
            } else if !is_stored_name(&old) {
                errors.push(written, "no field was ever stored under this name");
            }
        }
    }
}

/// `#[serde(skip)] #[resource(index)] cache: Cache`
fn skipped_says_nothing(field: &Field<'_>, errors: &Errors) {
    let meaningless = field.words.any().filter(|_| !field.is_id());
    if let Some(word) = meaningless {
        errors.push(
            word,
            format!("a field that serde skips is not stored; remove `{word}` or serde's `skip`"),
        );
    }
}

/// `#[resource(private)] cost: u64` without the words that keep serde from writing it.
fn hidden_is_unknown_to_serde(
    resource: &Resource<'_>,
    field: &Field<'_>,
    word: &Ident,
    errors: &Errors,
) {
    let default = resource.default_of(field).is_some();
    let hidden = default && field.serde.skip_serializing.is_some();
    if !hidden && !field.is_id() {
        errors.push(
            word,
            format!("a {word} field must never be written by serde; add `#[serde(default, skip_serializing)]`"),
        );
    }
    if let Some(with) = &field.serde.with {
        errors.push(
            with,
            format!("a {word} field is stored by its own `Serialize`; wrap the value in a type of yours instead"),
        );
    }
}

/// `#[serde(skip_serializing)]` or `#[serde(skip_serializing_if = "..")]` where a value would be lost.
fn visible_is_always_written(field: &Field<'_>, errors: &Errors) {
    if let Some(skip) = &field.serde.skip_serializing {
        errors.push(
            skip,
            "serde's `skip_serializing` is for fields that never leave the server; add `#[resource(private)]`, \
             `#[resource(write_only)]`, or use `#[serde(skip)]`",
        );
    }
    if let Some(skip) = &field.serde.skip_serializing_if
        && !field.is_spelt_option()
    {
        errors.push(
            skip,
            "serde's `skip_serializing_if` would lose the value of a field that is no `Option`; remove it",
        );
    }
}

/// `#[resource(bigint)] gold: u64` that serde would write as a number, and the other way round.
fn bigint_is_text_to_serde(resource: &Resource<'_>, field: &Field<'_>, errors: &Errors) {
    let serde = &field.serde;
    match (&field.words.bigint, &serde.bigint) {
        (None, Some(with)) if serde.skip.is_none() => errors.push(
            with,
            "the store must know that this is an integer; add `#[resource(bigint)]`",
        ),
        (Some(word), with) if serde.skip.is_none() => {
            // Beside `with`, serde lets an `Option` be absent only if it is told to.
            let default = resource.default_of(field).is_some() || !field.is_spelt_option();
            if !default || with.is_none() {
                let default = if default { "" } else { "default, " };
                let path = resource.crate_path();
                errors.push(
                    word,
                    format!(
                        "a bigint is decimal text wherever serde writes it; add `#[serde({default}with = \"{path}::Bigint\")]`"
                    ),
                );
            }
        }
        _ => {}
    }
}
