//! Which records a call asks for, in which order, and how many of them.
//!
//! A [`Query`] is plain data over the places of fields in a [`Schema`](crate::describe::Schema). Clients write it as
//! JSON, Rust code with [`Resource::query`](crate::Resource::query); stores answer it.

mod cursor;
mod each;
mod filter;
mod find;
mod fit;
mod include;
mod matches;
mod page;
mod parents;
mod parse;
mod residual;
pub(crate) mod typed;

pub(crate) use self::cursor::{Seal, canonical};
pub use self::each::Each;
pub(crate) use self::each::Tally;
pub use self::filter::{Filter, Path, Test};
pub use self::find::Find;
pub(crate) use self::fit::{fit, fit_filter};
pub(crate) use self::include::Wanted;
pub use self::matches::FindParent;
pub(crate) use self::parents::Parents;
pub(crate) use self::parse::{parse_count, parse_include, parse_included, parse_page, parse_watch};
pub(crate) use self::residual::{Residual, TooWide};
pub use self::typed::{
    Condition, Contains, FilterOf, Operand, Optional, Ordered, SortKeyOf, Textual,
};

use crate::relation::Include;
use crate::row::{Select, Value};

/// What a store is asked to list: each field is about what those before it leave.
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
    /// Of each of some values only the first records.
    pub each: Option<Each>,
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

/// What `all` is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) query: Query,
    pub(crate) select: Select,
    /// The relatives that are to be answered with the records, as they were asked for.
    pub(crate) wanted: Vec<Wanted>,
    /// The same, once it is known who they are.
    pub(crate) include: Vec<Include>,
    /// What the cursor to the next page is closed with; `None` where nobody asks for one.
    pub(crate) seal: Option<Seal>,
}
