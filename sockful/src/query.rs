//! Which records a call asks for, in which order, and how many of them.
//!
//! A [`Query`] is plain data over the places of fields in a [`Schema`](crate::describe::Schema). Clients write it as
//! JSON, Rust code with [`Resource::query`](crate::Resource::query); stores answer it.

mod filter;
mod matches;
mod page;
mod parse;

use std::fmt;
use std::marker::PhantomData;

pub use self::filter::{Filter, Path, Test};
pub(crate) use self::parse::{parse_count, parse_page};

use crate::resource::{Key, Resource};
use crate::row::Value;

/// What a store is asked to list.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Query {
    /// Only records that match this.
    pub filter: Filter,
    /// The order, the most important key first. Records that are equal in all of them come in the order of
    /// their ids.
    pub sort: Vec<SortKey>,
    /// Only records that come after this place.
    pub after: Option<After>,
    /// Leaves out so many records first.
    pub skip: usize,
    /// At most so many records; `None` is all of them.
    pub limit: Option<usize>,
    /// About so many bytes at most; `None` is any number. A store may stop there, and need not: what
    /// is beyond is cut off before it is sent.
    pub bytes: Option<usize>,
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The place of the field, which is not nested.
    pub field: usize,
    /// Whether greater values come first.
    pub descending: bool,
}

/// A place in a list: that of a record, which may be gone.
#[derive(Clone, Debug, PartialEq)]
pub struct After {
    /// Its values of the sort keys, in their order.
    pub values: Vec<Value>,
    /// Its id.
    pub id: Value,
}

/// A query over the records of `R`, made by [`Resource::query`].
///
/// Without a limit it answers every record, whatever [`Config`](crate::Config) says of pages: those bounds are for clients.
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

    /// At most `limit` records.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.query.limit = Some(limit);
        self
    }

    /// Only records whose id comes after `id`.
    #[must_use]
    pub fn after(mut self, id: &R::Key) -> Self {
        // An integer too large to be stored comes after every id there can be.
        self.query.after = Some(After {
            values: Vec::new(),
            id: id.to_value().unwrap_or(Value::Int(i64::MAX)),
        });
        self
    }

    pub(crate) fn into_query(self) -> Query {
        self.query
    }
}

impl<R> fmt::Debug for Find<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}

/// The cursor after the record with this id: `t` and text, or `i` and an integer; `n` is before every
/// record. Clients only hand it back.
pub(crate) fn cursor(id: &Value) -> String {
    match id {
        Value::Null => "n".to_owned(),
        Value::Int(id) => format!("i{id}"),
        id => format!("t{id}"),
    }
}
