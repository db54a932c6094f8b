//! The first few records of each of several values: lists beside each other, in one.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::{Filter, Path, Query, Test};
use crate::row::{Row, Value};

/// Only records that have one of some values in a field, and of each value not more than so many.
#[derive(Clone, Debug, PartialEq)]
pub struct Each {
    /// The place of the field, which is not nested.
    pub field: usize,
    /// Its values: no null, and none twice.
    pub values: Vec<Value>,
    /// At most so many records of each value: those that come first in the order of the query.
    pub limit: usize,
}

impl Each {
    /// That a record has one of the values.
    pub(crate) fn filter(&self) -> Filter {
        Filter::Test(Path::field(self.field), Test::In(self.values.clone()))
    }
}

/// How many records of each value may still come, while records are looked at in the order of a query.
pub(crate) struct Tally<'a>(Option<(usize, HashMap<&'a Value, usize, RandomState>)>);

impl<'a> Tally<'a> {
    /// That of a query, which need not ask for any [`Each`].
    pub(crate) fn of(query: &'a Query) -> Self {
        Self(query.each.as_ref().map(|each| {
            let values = each.values.iter().map(|value| (value, each.limit));
            (each.field, values.collect())
        }))
    }

    /// Whether the next record is one of the first of its value.
    pub(crate) fn takes(&mut self, row: &Row) -> bool {
        let Some((field, left)) = &mut self.0 else {
            return true;
        };
        left.get_mut(&row[*field])
            .and_then(|left| left.checked_sub(1).map(|less| *left = less))
            .is_some()
    }
}
