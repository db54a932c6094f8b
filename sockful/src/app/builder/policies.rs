//! What of policies an app cannot have.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use crate::identity::Loader;
use crate::policy::Rulebook;
use crate::resource::Registry;
use crate::schema::Problem;

/// Policies that ask for users of another type than the app has.
pub(super) fn foreign(
    registry: &Registry,
    loader: Option<&Loader>,
) -> impl Iterator<Item = Problem> {
    registry.iter().filter_map(move |resource| {
        let policy = resource.policy()?;
        let asked = policy.user_name();
        let message = match loader.map(|loader| loader.is_not(policy.user())) {
            None => {
                format!("its policy asks for a `{asked}`: add `.user(..)`, which answers it")
            }
            Some(Some(known)) => {
                format!("its policy asks for a `{asked}`, and `.user(..)` answers a `{known}`")
            }
            Some(None) => return None,
        };
        Some(Problem::of(resource.schema().name, message))
    })
}

/// What the policies say to callers who have not logged in.
///
/// # Errors
/// Every policy that cannot be asked.
pub(super) fn anonymous(registry: &Registry) -> Result<Rulebook, Vec<Problem>> {
    let mut problems = Vec::new();
    let rules = registry.iter().map(|resource| {
        let (policy, schema) = (resource.policy()?, resource.schema());
        let asked = catch_unwind(AssertUnwindSafe(|| policy.ask(schema, None)));
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
