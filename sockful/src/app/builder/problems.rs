//! What keeps an app from being built, as far as that can be told without the store.

use super::{AppBuilder, policies};
use crate::schema::Problem;

impl AppBuilder {
    /// Everything that is wrong, as far as that can be told without the store.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        problems.extend(self.registry.problems());
        problems.extend(self.config.problems());
        problems.extend(self.unused_refreshers());
        let loader = self.identity.loader.as_ref();
        problems.extend(policies::foreign(&self.registry, loader));
        // They must not be asked: that would never end.
        problems.extend(policies::circles(&self.registry));
        problems.extend(self.hooks.problems(&self.registry));
        if self.store.is_none() {
            let message = "an app needs one: `.store(Memory::new())`";
            problems.push(Problem::of("store", message));
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
