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

/// Rules that follow each other in a circle, and would never say anything.
pub(super) fn circles(registry: &Registry) -> Vec<Problem> {
    let mut problems = Vec::new();
    for resource in registry.iter() {
        for verb in Verb::ALL {
            let start = (resource.rust_type(), verb);
            let mut seen = vec![start];
            let mut at = 0;
            while let Some((parent, verb)) = seen.get(at).copied() {
                at += 1;
                let policy = registry.iter().find(|it| it.rust_type() == parent);
                let follows = policy.and_then(ErasedResource::policy);
                for next in follows.iter().flat_map(|policy| policy.follows(verb)) {
                    if next == start {
                        let message = format!(
                            "its rule `{}` follows that of a parent, which leads back to itself: a rule of the record alone \
                            must end it",
                            start.1.name()
                        );
                        problems.push(Problem::of(resource.schema().name, message));
                    } else if !seen.contains(&next) {
                        seen.push(next);
                    }
                }
            }
        }
    }
    problems
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
