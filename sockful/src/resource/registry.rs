//! The resources of an app, by name and by type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::whole::Whole;
use super::{ErasedResource, Resource};
use crate::error::{Error, Result};
use crate::policy::Rulebook;
use crate::relation::Related;
use crate::schema::{Problem, Schema};

/// The resources of an app, in the order they were added.
#[derive(Default)]
pub(crate) struct Registry {
    resources: Vec<Box<dyn ErasedResource>>,
    by_name: HashMap<&'static str, usize, RandomState>,
    by_type: HashMap<TypeId, usize, RandomState>,
    whole: Whole,
    related: Related,
}

impl Registry {
    /// How many there are: the place of the next one.
    pub(crate) fn len(&self) -> usize {
        self.resources.len()
    }

    /// Adds a resource; gives it back if its name is taken.
    pub(crate) fn add(
        &mut self,
        resource: Box<dyn ErasedResource>,
    ) -> Result<(), Box<dyn ErasedResource>> {
        let name = resource.schema().name;
        if self.by_name.contains_key(name) {
            return Err(resource);
        }
        self.by_name.insert(name, self.resources.len());
        self.by_type
            .insert(resource.rust_type(), self.resources.len());
        self.resources.push(resource);
        Ok(())
    }

    /// The place of the resource of this name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The resource at a place.
    pub(crate) fn at(&self, place: usize) -> &dyn ErasedResource {
        &*self.resources[place]
    }

    /// What stands for the resource of calls that are of none.
    pub(crate) fn whole(&self) -> &dyn ErasedResource {
        &self.whole
    }

    /// The resource of this name, which is known to be there.
    ///
    /// # Errors
    /// Internal, where it is not.
    pub(crate) fn named(&self, name: &str) -> Result<&dyn ErasedResource> {
        let place = self.place(name);
        let place =
            place.ok_or_else(|| Error::internal(format!("the app has no resource `{name}`")))?;
        Ok(self.at(place))
    }

    /// The resource of this type.
    ///
    /// # Errors
    /// Internal, where the app was built without it.
    pub(crate) fn typed<R: Resource>(&self) -> Result<&dyn ErasedResource> {
        let place = self.by_type.get(&TypeId::of::<R>()).ok_or_else(|| {
            let name = R::FACTS.name;
            Error::internal(format!(
                "the app has no resource `{name}`: add it with `.resource()`"
            ))
        })?;
        Ok(&*self.resources[*place])
    }

    /// Every resource, in the order they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &dyn ErasedResource> {
        self.resources.iter().map(|resource| &**resource)
    }

    /// What all policies say to this user, to an anonymous caller if that is `None`.
    ///
    /// # Errors
    /// Those of [`PolicyFacts::ask`](crate::policy::PolicyFacts::ask).
    pub(crate) fn rulebook(&self, user: Option<&(dyn Any + Send + Sync)>) -> Result<Rulebook> {
        let rules = self.iter().map(|resource| {
            let Some(policy) = resource.policy() else {
                return Ok(None);
            };
            let schema = resource.schema();
            let rules = policy.ask(schema, self, user).map_err(|error| {
                let message = format!("the policy of `{}`: {}", schema.name, error.cause());
                Error::internal(message)
            });
            rules.map(Some)
        });
        rules.collect()
    }

    /// Works out how the resources are related, once they are all there.
    ///
    /// # Errors
    /// Why they cannot be related so.
    pub(crate) fn relate(&mut self) -> Result<(), Vec<Problem>> {
        self.related = Related::of(&self.resources, &self.by_type)?;
        Ok(())
    }

    /// How the resources are related.
    pub(crate) fn related(&self) -> &Related {
        &self.related
    }

    /// What is wrong with the resources as a whole.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let secretive = self.iter().filter(|resource| {
            let mut fields = resource.schema().fields.iter();
            fields.any(|field| field.words.private)
        });
        let secretive: Vec<_> = secretive.map(ErasedResource::described_as).collect();
        let exposed = self.iter();
        let exposed = exposed.flat_map(|resource| resource.schema().exposed(&secretive));
        let related = Related::of(&self.resources, &self.by_type);
        let unrelated = related.err().unwrap_or_default();
        exposed
            .chain(self.shared_tables())
            .chain(unrelated)
            .collect()
    }

    /// Two resources on one table would not know of each other's changes.
    fn shared_tables(&self) -> impl Iterator<Item = Problem> {
        self.iter().enumerate().filter_map(|(place, resource)| {
            let schema = resource.schema();
            // Some databases do not tell upper from lower case.
            let same = |other: &&dyn ErasedResource| {
                other.schema().table.eq_ignore_ascii_case(schema.table)
            };
            let other = self.iter().take(place).find(same)?.schema().name;
            let message = format!(
                "is kept in the table `{}`, as `{other}` is; write \
                `#[resource(table = \"..\")]` on one of them",
                schema.table
            );
            Some(Problem::of(schema.name, message))
        })
    }

    /// Every schema, in the same order.
    pub(crate) fn schemas(&self) -> Vec<Arc<Schema>> {
        self.iter()
            .map(|resource| Arc::clone(resource.schema()))
            .collect()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}
