//! The rows of one resource.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use foldhash::quality::RandomState;

use crate::change::Change;
use crate::query::{Filter, FindParent, Query, Tally, Test};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::Stored;

/// The children of parents, by their ids.
enum Named<'a> {
    One(Option<&'a BTreeSet<Value>>),
    Some(Vec<&'a BTreeSet<Value>>),
}

#[derive(Debug)]
pub(super) struct Table {
    rows: HashMap<Value, Stored, RandomState>,
    /// The ids of all rows, so that a list is a walk.
    order: BTreeSet<Value>,
    unique: Vec<(usize, Holders)>,
    /// Of each field that names a parent: the ids of the records that name it, so that children are found without a walk.
    children: Vec<(usize, Children)>,
}

/// Who holds which value of a unique field.
type Holders = HashMap<Value, Value, RandomState>;

/// The children of each parent.
type Children = HashMap<Value, BTreeSet<Value>, RandomState>;

impl Table {
    pub(super) fn new(schema: &Schema) -> Self {
        let fields = schema.fields.iter().enumerate();
        let parents = fields.clone().filter(|(_, field)| field.parent.is_some());
        let unique = fields.filter(|(_, field)| field.words.unique);
        Self {
            rows: HashMap::default(),
            order: BTreeSet::new(),
            unique: unique
                .map(|(place, _)| (place, Holders::default()))
                .collect(),
            children: parents
                .map(|(place, _)| (place, Children::default()))
                .collect(),
        }
    }

    /// The ids of the records that have a value in the field at this place, which is unique or names a parent.
    pub(super) fn holders(&self, field: usize, value: &Value) -> Vec<Value> {
        let unique = self.unique.iter().find(|(place, _)| *place == field);
        if let Some((_, holders)) = unique {
            return holders.get(value).cloned().into_iter().collect();
        }
        let children = self.children.iter().find(|(place, _)| *place == field);
        let children = children.and_then(|(_, children)| children.get(value));
        children.into_iter().flatten().cloned().collect()
    }

    pub(super) fn get(&self, id: &Value) -> Option<&Stored> {
        self.rows.get(id)
    }

    /// What a query asks for, and whether its limit left rows out.
    pub(super) fn list(
        &self,
        schema: &Schema,
        query: &Query,
        parent: &FindParent<'_>,
    ) -> (Vec<Stored>, bool) {
        let limit = query.limit.unwrap_or(usize::MAX);
        let mut tally = Tally::of(query);
        let mut first = |stored: &&Stored| tally.takes(&stored.row);
        if query.sort.is_empty() {
            let rows = self.matching(schema, query, parent);
            let mut rows = rows.filter(first).skip(query.skip);
            let listed = rows.by_ref().take(limit).cloned().collect();
            return (listed, rows.next().is_some());
        }
        let mut rows: Vec<_> = self.matching(schema, query, parent).collect();
        rows.sort_by(|a, b| query.compare(schema, &a.row, &b.row));
        let mut rows = rows.into_iter().filter(&mut first).skip(query.skip);
        let listed = rows.by_ref().take(limit).cloned().collect();
        (listed, rows.next().is_some())
    }

    pub(super) fn count(&self, schema: &Schema, query: &Query, parent: &FindParent<'_>) -> usize {
        let all = query.filter.is_all() && query.after.is_none() && query.each.is_none();
        // The whole table knows how long it is; only a part of it must be walked.
        let count = if all {
            self.rows.len()
        } else {
            // How many there are of a value does not depend on the order.
            let mut tally = Tally::of(query);
            let rows = self.matching(schema, query, parent);
            rows.filter(|stored| tally.takes(&stored.row)).count()
        };
        count
            .saturating_sub(query.skip)
            .min(query.limit.unwrap_or(usize::MAX))
    }

    /// The rows a query covers, by id.
    fn matching<'a>(
        &'a self,
        schema: &'a Schema,
        query: &'a Query,
        parent: &'a FindParent<'_>,
    ) -> impl Iterator<Item = &'a Stored> {
        let start = match &query.after {
            Some(after) if query.sort.is_empty() => Bound::Excluded(&after.id),
            _ => Bound::Unbounded,
        };
        let from = (start, Bound::Unbounded);
        let ids: Box<dyn Iterator<Item = &Value>> = match self.named_parents(query) {
            Some(Named::One(children)) => Box::new(
                children
                    .into_iter()
                    .flat_map(move |it| it.range::<Value, _>(from)),
            ),
            // In the order of the ids, whosever children they are.
            Some(Named::Some(children)) => {
                let ids: BTreeSet<_> = children
                    .into_iter()
                    .flat_map(|it| it.range::<Value, _>(from))
                    .collect();
                Box::new(ids.into_iter())
            }
            None => Box::new(self.order.range::<Value, _>(from)),
        };
        ids.filter_map(|id| self.rows.get(id))
            .filter(|stored| query.covers(schema, &stored.row, parent))
    }

    /// The children of the parents that a query names, where it asks for no other record.
    fn named_parents(&self, query: &Query) -> Option<Named<'_>> {
        if let Some(each) = &query.each
            && let Some((_, children)) = self.children.iter().find(|it| it.0 == each.field)
        {
            let named = each.values.iter().filter_map(|it| children.get(it));
            return Some(Named::Some(named.collect()));
        }
        let parts = match &query.filter {
            Filter::And(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        parts.iter().find_map(|part| {
            let Filter::Test(path, test) = part else {
                return None;
            };
            let mut fields = self.children.iter();
            let (_, children) =
                fields.find(|(field, _)| path.keys.is_empty() && *field == path.field)?;
            match test {
                // Records without a parent are not kept by it.
                Test::Equal(parent) if !parent.is_null() => Some(Named::One(children.get(parent))),
                Test::In(parents) if !parents.iter().any(Value::is_null) => Some(Named::Some(
                    parents
                        .iter()
                        .filter_map(|parent| children.get(parent))
                        .collect(),
                )),
                _ => None,
            }
        })
    }

    fn put(&mut self, id: &Value, row: Row, rev: u64) {
        let stored = Stored { row, rev };
        if let Some(there) = self.rows.get_mut(id) {
            *there = stored;
        } else {
            self.rows.insert(id.clone(), stored);
            self.order.insert(id.clone());
        }
    }

    fn remove(&mut self, id: &Value) {
        self.rows.remove(id);
        self.order.remove(id);
    }

    /// Does what has been checked.
    pub(super) fn apply(&mut self, change: &Change) {
        let Change {
            id, rev, old, new, ..
        } = change;
        match new {
            Some(row) => self.put(id, row.clone(), *rev),
            None => self.remove(id),
        }
        for (field, holders) in &mut self.unique {
            // Another write of the same transaction may hold the old value already.
            if let Some(value) = old.as_ref().map(|old| &old[*field])
                && holders.get(value) == Some(id)
            {
                holders.remove(value);
            }
            if let Some(value) = new.as_ref().map(|row| &row[*field])
                && !value.is_null()
            {
                holders.insert(value.clone(), id.clone());
            }
        }
        for (field, children) in &mut self.children {
            if let Some(parent) = old.as_ref().map(|old| &old[*field])
                && let Some(siblings) = children.get_mut(parent)
            {
                siblings.remove(id);
                if siblings.is_empty() {
                    children.remove(parent);
                }
            }
            if let Some(parent) = new.as_ref().map(|row| &row[*field])
                && !parent.is_null()
            {
                children
                    .entry(parent.clone())
                    .or_default()
                    .insert(id.clone());
            }
        }
    }
}
