//! Queries from Rust.

use std::fmt;
use std::marker::PhantomData;

use super::{After, Filter, FilterOf, Query, SortKey, SortKeyOf, fit};
use crate::error::Result;
use crate::resource::{Key, Registry, Resource};
use crate::row::Value;
use crate::schema::Schema;

/// A query over the records of `R`, made by [`Resource::query`].
///
/// Without a limit it answers every record, whatever [`Config`](crate::Config) says of pages: those bounds are for clients.
///
/// ```
/// # use schemars::JsonSchema;
/// # use serde::{Deserialize, Serialize};
/// use sockful::prelude::*;
///
/// # #[derive(Serialize, Deserialize, JsonSchema, Resource)]
/// # #[resource(access = public)]
/// # struct Creature { id: String, hunger: u8 }
/// # async fn hungriest(cx: &Cx) -> Result<Vec<Creature>> {
/// let hungriest = Creature::query()
///     .filter(filter!(|c: Creature| c.hunger > 5))
///     .sort(sort!(|c: Creature| Reverse(c.hunger)))
///     .limit(10);
/// cx.all(hungriest).await
/// # }
/// ```
pub struct Find<R> {
    query: Query,
    of: PhantomData<fn() -> R>,
}

impl<R: Resource> Find<R> {
    pub(crate) fn new() -> Self {
        Self {
            query: Query::default(),
            of: PhantomData,
        }
    }

    /// Only records that match; called again, those that match both. See [`filter!`](crate::filter!).
    #[must_use]
    pub fn filter(mut self, filter: FilterOf<R>) -> Self {
        self.query.filter = self.query.filter.and(filter.into());
        self
    }

    /// In this order, the most important key first; called again, by these keys last. See [`sort!`](crate::sort!).
    #[must_use]
    pub fn sort(mut self, keys: impl IntoIterator<Item = SortKeyOf<R>>) -> Self {
        self.query.sort.extend(keys.into_iter().map(SortKey::from));
        self
    }

    /// At most `limit` records.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.query.limit = Some(limit);
        self
    }

    /// Without the first `skip` records.
    #[must_use]
    pub fn skip(mut self, skip: usize) -> Self {
        self.query.skip = skip;
        self
    }

    /// Only records whose id comes after `id`. Not beside [`sort`](Self::sort): an id alone is no place in another order.
    #[must_use]
    pub fn after(mut self, id: &R::Key) -> Self {
        // An integer too large to be stored comes after every id there can be.
        self.query.after = Some(After {
            values: Vec::new(),
            id: id.to_value().unwrap_or(Value::Int(i64::MAX)),
        });
        self
    }

    /// Only records that match, of those that are asked for: for a hook that leaves out what the caller shall not find.
    pub fn restrict(&mut self, filter: FilterOf<R>) {
        let asked = std::mem::take(&mut self.query.filter);
        self.query.filter = Filter::from(filter).and(asked);
    }

    /// The query, with its values as the columns of the schema keep them.
    ///
    /// # Errors
    /// Those of [`fit`](fit()).
    pub(crate) fn fit(mut self, schema: &Schema, registry: &Registry) -> Result<Query> {
        fit(&mut self.query, schema, registry)?;
        Ok(self.query)
    }
}

impl<R> From<Query> for Find<R> {
    fn from(query: Query) -> Self {
        Self {
            query,
            of: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Find<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}
