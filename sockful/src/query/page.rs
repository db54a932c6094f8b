//! The part of a sorted list that a query asks for.

use std::cmp::Ordering;

use super::{After, FindParent, Query, SortKey};
use crate::row::{Row, Value};
use crate::schema::Schema;

impl Query {
    /// The order of two records: by the sort keys, then by id. Nulls come first, last where the key descends.
    #[must_use]
    pub fn compare(&self, schema: &Schema, a: &Row, b: &Row) -> Ordering {
        let keys = self
            .sort
            .iter()
            .map(|key| key.compare(&a[key.field], &b[key.field]));
        first(keys).then_with(|| a[schema.id].cmp(&b[schema.id]))
    }

    /// Whether a record belongs to the list, and not to the part before [`after`](Self::after). Which of those that do
    /// [`each`](Self::each) leaves is another question: that one record cannot tell. `parent` finds the parents that the filter
    /// asks about.
    #[must_use]
    pub fn covers(&self, schema: &Schema, row: &Row, parent: &FindParent<'_>) -> bool {
        let beyond = |after: &After| {
            let keys = self.sort.iter().zip(&after.values);
            let keys = keys.map(|(key, value)| key.compare(&row[key.field], value));
            first(keys)
                .then_with(|| row[schema.id].cmp(&after.id))
                .is_gt()
        };
        self.after.as_ref().is_none_or(beyond) && self.filter.matches(row, parent)
    }

    /// The place of a record in the list: where the next page goes on.
    #[must_use]
    pub fn place(&self, schema: &Schema, row: &Row) -> After {
        After {
            values: self.sort.iter().map(|key| row[key.field].clone()).collect(),
            id: row[schema.id].clone(),
        }
    }
}

impl SortKey {
    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        if self.descending { b.cmp(a) } else { a.cmp(b) }
    }
}

fn first(mut keys: impl Iterator<Item = Ordering>) -> Ordering {
    keys.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
