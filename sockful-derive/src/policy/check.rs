//! What a policy must say, and cannot.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::Type;
use syn::ext::IdentExt;

use super::ast::{Policy, Rule};
use super::names::{Fields, Kept, Parent, USER};
use crate::errors::Errors;
use crate::names::did_you_mean;
use crate::query::condition::{self, Condition, Follow};

/// What a rule is about. The order is that of [`Checked::rules`].
pub(crate) const VERBS: [&str; 4] = ["read", "create", "update", "destroy"];
/// Stands for all verbs but the first.
pub(super) const WRITE: &str = "write";

/// A policy without mistakes.
pub(crate) struct Checked<'a> {
    pub(super) user: &'a Type,
    /// The rules as they were written: each with the verbs that it decides, the first one first.
    pub(super) rules: Vec<(Vec<&'static str>, Condition<'a>)>,
    /// The parents whose rules may be followed.
    pub(super) parents: Vec<Parent<'a>>,
}

/// Applies every rule of policies. `None` only if at least one was broken.
pub(crate) fn check<'a>(
    policy: &'a Policy,
    resource: &Ident,
    fields: impl Iterator<Item = (&'a Ident, Kept)>,
    parents: Vec<Parent<'a>>,
    errors: &Errors,
) -> Option<Checked<'a>> {
    let mut kept = HashMap::new();
    for (ident, how) in fields {
        let name = ident.unraw().to_string();
        if name == USER {
            let message = "in a policy `user` is the user; give this field another name in Rust";
            errors.push(ident, message);
        } else {
            kept.insert(name, how);
        }
    }
    let resource = resource.to_string();
    let fields = Fields {
        resource,
        kept,
        parents: &parents,
    };
    if policy.user.is_none() && policy.whole {
        let message = "a policy needs the type of the app's users: `#[policy(user = User, ..)]`";
        errors.push_at(policy.span, message);
    }
    let mut decided: Vec<&'static str> = Vec::new();
    let mut rules = Vec::new();
    for Rule { verb, condition } in &policy.rules {
        let verbs = verbs(verb, &mut decided, errors);
        let condition = condition::read(&fields, condition, errors);
        if let Some(condition) = &condition {
            compared_as_written(&fields, condition, errors);
            not_negated(condition, errors);
            if let Some(verbs) = &verbs {
                not_in_a_circle(&parents, verbs, condition, errors);
            }
        }
        rules.push(verbs.zip(condition));
    }
    let missing: Vec<_> = VERBS
        .into_iter()
        .filter(|verb| !decided.contains(verb))
        .collect();
    if !missing.is_empty() && policy.whole {
        let quoted = |names: &[&str], end: &str| {
            let names = names.iter().map(|name| format!("`{name}{end}`"));
            names.collect::<Vec<_>>().join(", ")
        };
        let write = missing == VERBS[1..];
        let add = if write { vec![WRITE] } else { missing.clone() };
        let message = format!(
            "who may {} a `{}`? add {}; nobody may: `{}(false)`",
            quoted(&missing, ""),
            fields.resource,
            quoted(&add, "(..)"),
            add[0],
        );
        errors.push_at(policy.span, message);
    }
    let rules = rules.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Checked {
        user: policy.user.as_ref()?,
        rules,
        parents,
    })
}

/// `!parent.read`: what nobody may read would be for everybody, logged in or not.
fn not_negated(condition: &Condition<'_>, errors: &Errors) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                not_negated(part, errors);
            }
        }
        Condition::Not(part) => {
            for follow in part.follows() {
                errors.push(
                    follow.rule,
                    "the rule of a parent cannot be turned into its opposite; give the parent a rule that says what is meant",
                );
            }
        }
        Condition::Plain(_) | Condition::Test(..) | Condition::Follow(_) => {}
    }
}

/// A rule that follows itself: `read(parent.read)` of a folder in a folder.
fn not_in_a_circle(
    parents: &[Parent<'_>],
    verbs: &[&'static str],
    condition: &Condition<'_>,
    errors: &Errors,
) {
    for Follow { rule, parent, verb } in condition.follows() {
        if parents[*parent].is_itself && verbs.contains(verb) {
            errors.push(
                rule,
                format!("the rule `{verb}` would follow itself, from parent to parent without end; write another rule here"),
            );
        }
    }
}

/// A field that is written by a function is not compared with values of its type.
fn compared_as_written(fields: &Fields, condition: &Condition<'_>, errors: &Errors) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                compared_as_written(fields, part, errors);
            }
        }
        Condition::Not(part) => compared_as_written(fields, part, errors),
        Condition::Plain(_) | Condition::Follow(_) => {}
        Condition::Test(field, _) => {
            if fields.kept.get(&field.rust_name()) == Some(&Kept::Otherwise) {
                errors.push(
                    field.0,
                    "what is stored of this field is written by serde's `with`, so values of its type cannot be compared \
                     with it",
                );
            }
        }
    }
}

/// The verbs that a word stands for.
fn verbs(
    word: &Ident,
    decided: &mut Vec<&'static str>,
    errors: &Errors,
) -> Option<Vec<&'static str>> {
    let name = word.to_string();
    let verbs = match VERBS.iter().find(|verb| **verb == name) {
        Some(verb) => vec![*verb],
        None if name == WRITE => VERBS[1..].to_vec(),
        None => {
            let known = VERBS.into_iter().chain([WRITE]);
            let meant = did_you_mean(&name, known);
            let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
            errors.push(
                word,
                format!("unknown verb `{name}`{meant} (verbs: `read`, `create`, `update`, `destroy`, and `write` for the last three)"),
            );
            return None;
        }
    };
    if let Some(twice) = verbs.iter().find(|verb| decided.contains(verb)) {
        errors.push(word, format!("`{twice}` is decided twice; remove one"));
        return None;
    }
    decided.extend(&verbs);
    Some(verbs)
}
