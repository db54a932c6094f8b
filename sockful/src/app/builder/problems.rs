//! What keeps an app from being built, as far as that can be told without the store.

use std::any::TypeId;

use super::AppBuilder;
use crate::schema::Problem;

impl AppBuilder {
    /// Everything that is wrong, as far as that can be told without the store.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.extend(self.registry.problems());
        problems.extend(self.config.problems());
        problems.extend(self.unused_refreshers());
        problems.extend(self.foreign_users());
        problems.extend(self.hooks.problems(&self.registry));
        if self.store.is_none() {
            let message = "an app needs one: `.store(Memory::new())`";
            problems.push(Problem::of("store", message));
        }
        problems
    }

    /// Policies, and fields that are `set`, that ask for users of another type than the app has.
    fn foreign_users(&self) -> Vec<Problem> {
        let problem = |who: &str, asked: &str, user: TypeId| {
            let loader = self.identity.loader.as_ref();
            match loader.map(|loader| loader.is_not(user)) {
                None => Some(format!(
                    "{who} asks for a `{asked}`: add `.user(..)`, which answers it"
                )),
                Some(Some(known)) => Some(format!(
                    "{who} asks for a `{asked}`, and `.user(..)` answers a `{known}`"
                )),
                Some(None) => None,
            }
        };
        let mut problems = Vec::new();
        for resource in self.registry.iter() {
            let schema = resource.schema();
            let policy = resource.policy();
            let policy = policy.and_then(|it| problem("its policy", it.user_name(), it.user()));
            problems.extend(policy.map(|message| Problem::of(schema.name, message)));
            for (place, set) in resource.set() {
                let message = problem("`set`", set.user_name(), set.user());
                problems.extend(message.map(|message| Problem {
                    resource: schema.name,
                    field: Some(schema.fields[place].name.to_owned()),
                    message,
                }));
            }
        }
        problems
    }

    fn unused_refreshers(&self) -> impl Iterator<Item = Problem> {
        let resources = self.identity.refreshers.resources();
        resources.filter_map(|name| {
            let message = if self.registry.place(name).is_none() {
                "`.refresh(..)` names it, but the app has no such resource: add it with `.resource()`"
            } else if self.identity.loader.is_none() {
                "`.refresh(..)` names it, but there are no facts to refresh: add `.user(..)`"
            } else {
                return None;
            };
            Some(Problem::of(name, message))
        })
    }
}
