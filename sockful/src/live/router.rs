//! Which groups a change concerns, and how: by the row before it and the one after it.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::index::{Access, Index};
use crate::change::Change;
use crate::query::{Filter, FindParent, canonical};
use crate::row::Select;
use crate::schema::Schema;

/// Everybody who watches the same: the same records, and the same fields of them.
///
/// That is what the filter says that was asked for together with what the policy lets the caller read, so that equal groups have
/// equal rights.
#[derive(Debug)]
pub(crate) struct Group {
    schema: Arc<Schema>,
    pub(crate) filter: Filter,
    pub(crate) select: Select,
    /// How it is told apart from others.
    name: Box<[u8]>,
    access: Access,
    /// How many have it open.
    open: usize,
}

/// The place of a group in its router, until the last who has it open closes it.
pub(crate) type GroupId = usize;

/// What a change is to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The record matches, and did not.
    Enter,
    /// It matches as before, and has changed.
    Update,
    /// It does not match any more.
    Leave,
}

/// That a group is told of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) group: GroupId,
    pub(crate) event: Event,
}

/// More groups would have to be looked through at every change than may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyScanned;

/// The groups of all resources.
#[derive(Debug, Default)]
pub(crate) struct Router {
    groups: Vec<Option<Group>>,
    /// Places where no group is any more.
    free: Vec<GroupId>,
    by_name: HashMap<Box<[u8]>, GroupId, RandomState>,
    by_resource: HashMap<&'static str, Index, RandomState>,
}

impl Router {
    /// Opens the group of these records and fields once more; `most` groups of a resource may be such that every change has to be
    /// held against them.
    ///
    /// # Errors
    /// If it would be one too many of those.
    pub(crate) fn open(
        &mut self,
        schema: &Arc<Schema>,
        filter: Filter,
        select: Select,
        most: usize,
    ) -> Result<GroupId, TooManyScanned> {
        let name = canonical(schema, &filter, &select);
        if let Some(id) = self.by_name.get(&name).copied() {
            if let Some(group) = self.groups[id].as_mut() {
                group.open += 1;
            }
            return Ok(id);
        }
        let access = Access::of(schema, &filter);
        let index = self.by_resource.entry(schema.name).or_default();
        if access == Access::Scan && index.scanned() >= most {
            return Err(TooManyScanned);
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.groups.push(None);
            self.groups.len() - 1
        });
        index.add(&access, id);
        self.by_name.insert(name.clone(), id);
        self.groups[id] = Some(Group {
            schema: Arc::clone(schema),
            filter,
            select,
            name,
            access,
            open: 1,
        });
        Ok(id)
    }

    /// Closes a group once; whether it is gone now.
    pub(crate) fn close(&mut self, id: GroupId) -> bool {
        let Some(group) = self.groups.get_mut(id).and_then(Option::as_mut) else {
            return false;
        };
        group.open -= 1;
        if group.open > 0 {
            return false;
        }
        if let Some(group) = self.groups[id].take() {
            self.by_name.remove(&group.name);
            if let Some(index) = self.by_resource.get_mut(group.schema.name) {
                index.remove(&group.access, id);
            }
            self.free.push(id);
        }
        true
    }

    /// A group that is open.
    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id)?.as_ref()
    }

    /// How many groups are open.
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Adds who is told of a change, each group once. `parent` finds the parents that filters ask about.
    pub(crate) fn route(
        &self,
        change: &Change,
        parent: &FindParent<'_>,
        deliveries: &mut Vec<Delivery>,
    ) {
        let Some(index) = self.by_resource.get(change.schema.name) else {
            return;
        };
        let rows = [&change.old, &change.new];
        let mut found = Vec::new();
        for row in rows.into_iter().flatten() {
            index.probe(row, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        deliveries.extend(found.into_iter().filter_map(|id| {
            let filter = &self.group(id)?.filter;
            let [before, after] =
                rows.map(|row| row.as_ref().is_some_and(|row| filter.matches(row, parent)));
            let event = match (before, after) {
                (false, true) => Event::Enter,
                (true, true) => Event::Update,
                (true, false) => Event::Leave,
                (false, false) => return None,
            };
            Some(Delivery { group: id, event })
        }));
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
