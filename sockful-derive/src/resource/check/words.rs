//! Words of one field that contradict each other, or say the same.

use crate::errors::Errors;
use crate::resource::ast::{Field, Resource};

/// Words that do not stand together: the error is at the first, and the last says why.
const CLASHES: [(&str, &str, &str); 22] = [
    (
        "write_only",
        "id",
        "clients name records by their id, so it cannot be `write_only`",
    ),
    (
        "read_only",
        "id",
        "write `id = server` where only the server may choose the id; remove `read_only`",
    ),
    (
        "immutable",
        "id",
        "an id never changes anyway; remove `immutable`",
    ),
    (
        "created_at",
        "id",
        "records that are created at once would share this id; give the time a field of its own",
    ),
    (
        "updated_at",
        "id",
        "an id never changes; give the time a field of its own",
    ),
    (
        "set",
        "id",
        "an id is the client's or the server's choice; give the user a field of its own, `unique` where each may have one record",
    ),
    (
        "write_only",
        "rev",
        "clients see revisions in `meta` anyway; remove `write_only`",
    ),
    (
        "read_only",
        "rev",
        "the server keeps the revision anyway; remove `read_only`",
    ),
    (
        "immutable",
        "rev",
        "a revision changes with the record; remove `immutable`",
    ),
    (
        "created_at",
        "rev",
        "a revision is no time; give the time a field of its own",
    ),
    (
        "updated_at",
        "rev",
        "a revision is no time; give the time a field of its own",
    ),
    (
        "set",
        "rev",
        "the store keeps the revision; give the user a field of its own",
    ),
    (
        "write_only",
        "private",
        "a `private` field is unknown to clients, a `write_only` one they set; remove one of the two",
    ),
    (
        "read_only",
        "private",
        "to clients a private field does not exist; remove `read_only`",
    ),
    (
        "immutable",
        "private",
        "to clients a private field does not exist; remove `immutable`",
    ),
    (
        "read_only",
        "write_only",
        "nobody outside could set it or see it; write `private` in place of the two",
    ),
    (
        "immutable",
        "read_only",
        "clients cannot set it at all; remove `immutable`",
    ),
    (
        "updated_at",
        "created_at",
        "the one stays and the other changes; give each a field of its own",
    ),
    (
        "set",
        "created_at",
        "it holds a time and no user; remove one of the two",
    ),
    (
        "set",
        "updated_at",
        "it holds a time and no user; remove one of the two",
    ),
    (
        "unique",
        "created_at",
        "records that are created at once share a time; remove `unique`",
    ),
    (
        "unique",
        "updated_at",
        "records that change at once share a time; remove `unique`",
    ),
];

/// Words by which the server alone sets a field, so that others about who sets it say nothing.
const KEPT: [&str; 3] = ["created_at", "updated_at", "set"];

/// `#[resource(private, read_only)]`, `#[resource(rev, immutable)]`, `#[resource(set = user.id, write_only)]`, two fields that
/// are `created_at`
pub(super) fn agree(resource: &Resource<'_>, errors: &Errors) {
    for field in resource.stored() {
        let word = |name: &str| field.words.get(name);
        for (first, other, why) in CLASHES {
            // The field named `id` is one without the word.
            let other = word(other).is_some() || other == "id" && field.is_id();
            if let (Some(word), true) = (word(first), other) {
                errors.push(word, why);
            }
        }
        for kept in KEPT.into_iter().filter(|kept| word(kept).is_some()) {
            let says = |name: &str, message: String| {
                if let Some(word) = word(name) {
                    errors.push(word, message);
                }
            };
            says(
                "read_only",
                format!("`{kept}` means that only the server sets it; remove `read_only`"),
            );
            says(
                "immutable",
                format!("`{kept}` means that only the server sets it; remove `immutable`"),
            );
            says(
                "write_only",
                format!(
                    "`{kept}` means that only the server sets it; write `private` where it shall not leave the server"
                ),
            );
        }
    }
    for stamp in ["created_at", "updated_at"] {
        let fields = resource.stored();
        let mut fields = fields.filter_map(|field| Some((field, field.words.get(stamp)?)));
        let first = fields.next();
        for (_, word) in fields {
            if let Some((first, _)) = first {
                let message = format!("two fields: `{}` already holds this time", first.ident);
                errors.push(word, message);
            }
        }
    }
}

/// `#[resource(read_only)] status: Status`, which a record without it could not be read from.
pub(super) fn kept_has_a_default(resource: &Resource<'_>, field: &Field<'_>, errors: &Errors) {
    let default = resource.default_of(field).is_some() || field.is_spelt_option();
    let kept = KEPT.iter().any(|kept| field.words.get(kept).is_some());
    if let (Some(word), false) = (field.words.get("read_only"), default || kept) {
        errors.push(
            word,
            "clients never send a `read_only` field, so a new record needs a value for it; add `#[serde(default)]`",
        );
    }
}
