//! Filters and keys that know whose fields they name, so that no resource is asked about those of another.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Not;

use crate::query::{Filter, SortKey};
use crate::resource::Resource;

/// A [`Filter`] over the fields of `R`: what [`filter!`](crate::filter!) makes.
///
/// ```
/// # use schemars::JsonSchema;
/// # use serde::{Deserialize, Serialize};
/// # use sockful::prelude::*;
/// # #[derive(Serialize, Deserialize, JsonSchema, Resource)]
/// # #[resource(access = public)]
/// # struct Creature { id: String, hunger: u8, tame: bool }
/// use sockful::query::FilterOf;
///
/// fn hungry() -> FilterOf<Creature> {
///     filter!(|c: Creature| c.hunger > 5)
/// }
///
/// let beware = Creature::query().filter(hungry().and(!filter!(|c: Creature| c.tame)));
/// # drop(beware);
/// ```
pub struct FilterOf<R> {
    filter: Filter,
    of: PhantomData<fn(&R)>,
}

impl<R> FilterOf<R> {
    /// A filter that was put together by hand: its places are those of the schema of `R`. A query with a place
    /// that is not there, or a value of another kind, fails as Internal.
    #[must_use]
    pub fn new(filter: Filter) -> Self {
        let of = PhantomData;
        Self { filter, of }
    }

    /// Matches every record.
    #[must_use]
    pub fn all() -> Self {
        Self::new(Filter::all())
    }

    /// Matches no record.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Filter::none())
    }

    /// Matches records that have a parent, a `P` whose id is in the field of this name in Rust, which matches: for policies, as
    /// in `FilterOf::of_parent::<Album>("album_id", Album::read(user))`.
    ///
    /// Its opposite, by `!`, also matches records without a parent, and where `parent` matches none.
    ///
    /// # Cost
    /// A look at the key of the parent for each record that is examined: within the statement in a database, one more read for a
    /// record by its id.
    ///
    /// # Panics
    /// If `R` stores no such field. One that does not hold the id of a `P` is found out by `build()`, or by the query, which
    /// fails as Internal.
    #[must_use]
    pub fn of_parent<P: Resource>(field: &str, parent: FilterOf<P>) -> Self
    where
        R: Resource,
    {
        Self::new(Filter::Parent {
            field: super::place::<R>(field),
            resource: P::FACTS.name,
            filter: Box::new(parent.into()),
        })
    }

    /// Whether it says nothing: every record matches.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.filter.is_all()
    }

    /// Whether no record can match, whatever it holds.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.filter.is_none()
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::new(self.filter.and(other.filter))
    }

    /// One of both holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::new(self.filter.or(other.filter))
    }
}

impl<R> From<FilterOf<R>> for Filter {
    fn from(filter: FilterOf<R>) -> Self {
        filter.filter
    }
}

impl<R> Not for FilterOf<R> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(!self.filter)
    }
}

// By hand, because a derive would ask the same of `R`.
impl<R> Clone for FilterOf<R> {
    fn clone(&self) -> Self {
        Self::new(self.filter.clone())
    }
}

impl<R> PartialEq for FilterOf<R> {
    fn eq(&self, other: &Self) -> bool {
        self.filter == other.filter
    }
}

impl<R> Default for FilterOf<R> {
    fn default() -> Self {
        Self::all()
    }
}

impl<R> fmt::Debug for FilterOf<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.filter.fmt(f)
    }
}

/// A [`SortKey`] over the fields of `R`: what [`sort!`](crate::sort!) makes.
pub struct SortKeyOf<R> {
    key: SortKey,
    of: PhantomData<fn(&R)>,
}

impl<R> SortKeyOf<R> {
    /// A key that was put together by hand: its place is one of the schema of `R`.
    #[must_use]
    pub fn new(key: SortKey) -> Self {
        let of = PhantomData;
        Self { key, of }
    }
}

impl<R> From<SortKeyOf<R>> for SortKey {
    fn from(key: SortKeyOf<R>) -> Self {
        key.key
    }
}

impl<R> Clone for SortKeyOf<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for SortKeyOf<R> {}

impl<R> PartialEq for SortKeyOf<R> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<R> fmt::Debug for SortKeyOf<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}
