//! What a policy must say, and cannot.

use proc_macro2::Ident;
use syn::Type;

use super::ast::{Policy, Rule};
use super::names::{Fields, USER};
use crate::errors::Errors;
use crate::names::did_you_mean;
use crate::query::condition::{self, Condition};

/// What a rule is about. The order is that of [`Checked::rules`].
pub(crate) const VERBS: [&str; 4] = ["read", "create", "update", "destroy"];
/// Stands for all verbs but the first.
const WRITE: &str = "write";

/// A policy without mistakes.
pub(crate) struct Checked<'a> {
    pub(super) user: &'a Type,
    /// The rules as they were written: each with the verbs that it decides, the first one first.
    pub(super) rules: Vec<(Vec<&'static str>, Condition<'a>)>,
}

/// Applies every rule of policies. `None` only if at least one was broken.
pub(crate) fn check<'a>(
    policy: &'a Policy,
    resource: &Ident,
    fields: impl Iterator<Item = (&'a Ident, String)>,
    errors: &Errors,
) -> Option<Checked<'a>> {
    let fields = fields.map(|(ident, name)| {
        if name == USER {
            errors.push(
                ident,
                "in a policy `user` is the user; give this field another name in Rust",
            );
        }
        name
    });
    let fields = Fields {
        names: fields.collect(),
        resource: resource.to_string(),
    };
    if policy.user.is_none() {
        let message = "a policy needs the type of the app's users: `#[policy(user = User, ..)]`";
        errors.push_at(policy.span, message);
    }
    let mut decided: Vec<&'static str> = Vec::new();
    let mut rules = Vec::new();
    for Rule { verb, condition } in &policy.rules {
        let verbs = verbs(verb, &mut decided, errors);
        let condition = condition::read(&fields, condition, errors);
        rules.push(verbs.zip(condition));
    }
    let missing: Vec<_> = VERBS
        .iter()
        .filter(|verb| !decided.contains(verb))
        .collect();
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|verb| format!("`{verb}`")).collect();
        errors.push_at(
            policy.span,
            format!(
                "who may {} a `{resource}`? add `{}(..)`; nobody may: `{}(false)`",
                names.join(", "),
                missing[0],
                missing[0]
            ),
        );
    }
    let rules = rules.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Checked {
        user: policy.user.as_ref()?,
        rules,
    })
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
