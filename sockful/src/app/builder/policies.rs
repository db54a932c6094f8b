//! What of policies an app cannot have.

use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::identity::Loader;
use crate::policy::{Rulebook, Verb};
use crate::resource::{ErasedResource, Registry};
use crate::schema::Problem;

/// Policies, and fields that are `set`, that ask for users of another type than the app has.
pub(super) fn foreign(registry: &Registry, loader: Option<&Loader>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for resource in registry.iter() {
        let schema = resource.schema();
        if let Some(policy) = resource.policy()
            && let Some(why) = other(loader, policy.user(), policy.user_name())
        {
            problems.push(Problem::of(schema.name, format!("its policy {why}")));
        }
        for (place, set) in resource.set() {
            problems.extend(
                other(loader, set.user(), set.user_name()).map(|why| Problem {
                    resource: schema.name,
                    field: Some(schema.fields[place].name.to_owned()),
                    message: format!("`set` {why}"),
                }),
            );
        }
    }
    problems
}

/// Why the users of the app are not those that are asked for.
fn other(loader: Option<&Loader>, asked: TypeId, name: &str) -> Option<String> {
    match loader.map(|loader| loader.is_not(asked)) {
        None => Some(format!(
            "asks for a `{name}`: add `.user(..)`, which answers it"
        )),
        Some(Some(known)) => Some(format!(
            "asks for a `{name}`, and `.user(..)` answers a `{known}`"
        )),
        Some(None) => None,
    }
}

/// What a rule is of, and what it is about.
type Rule = (TypeId, Verb);

/// Rules that follow each other in a circle, and would never say anything.
pub(super) fn circles(registry: &Registry) -> Vec<Problem> {
    let resources = registry.iter();
    let rules = resources.flat_map(|resource| Verb::ALL.map(|verb| (resource, verb)));
    let in_circles = rules.filter(|(resource, verb)| {
        let rule = (resource.rust_type(), *verb);
        followed(registry, rule).contains(&rule)
    });
    let problems = in_circles.map(|(resource, verb)| {
        let message = format!(
            "its rule `{}` follows that of a parent, which leads back to itself: a rule of the record alone must end it",
            verb.name()
        );
        Problem::of(resource.schema().name, message)
    });
    problems.collect()
}

/// The rules that a rule follows, and those that these follow.
fn followed(registry: &Registry, first: Rule) -> Vec<Rule> {
    let (mut found, mut left) = (Vec::new(), vec![first]);
    while let Some((of, verb)) = left.pop() {
        let resource = registry.iter().find(|it| it.rust_type() == of);
        let policy = resource.and_then(ErasedResource::policy);
        for rule in policy.iter().flat_map(|policy| policy.follows(verb)) {
            if !found.contains(&rule) {
                found.push(rule);
                left.push(rule);
            }
        }
    }
    found
}

/// What the policies say to callers who have not logged in.
///
/// # Errors
/// Every policy that cannot be asked.
pub(super) fn anonymous(registry: &Registry) -> Result<Rulebook, Vec<Problem>> {
    let mut problems = Vec::new();
    let rules = registry.iter().map(|resource| {
        let (policy, schema) = (resource.policy()?, resource.schema());
        let asked = catch_unwind(AssertUnwindSafe(|| policy.ask(schema, registry, None)));
        let asked = asked.unwrap_or_else(|panic| Err(Error::panicked(&*panic)));
        asked
            .map_err(|error| {
                let message = format!(
                    "its policy fails for callers who have not logged in: {}",
                    error.cause()
                );
                problems.push(Problem::of(schema.name, message));
            })
            .ok()
    });
    let rules = rules.collect();
    if problems.is_empty() {
        Ok(rules)
    } else {
        Err(problems)
    }
}
