//! Which groups a change concerns, and how: by the row before it and the one after it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::index::{Access, Index, SCAN};
use super::subject::Subject;
use crate::change::Change;
use crate::query::{Filter, FindParent, canonical};
use crate::row::{Row, Select};
use crate::schema::Schema;

/// What a group is told of: which records, and which fields of them.
///
/// The filter is what was asked for together with what the policy lets the caller read, so that equal groups have equal rights.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) schema: Arc<Schema>,
    pub(crate) filter: Filter,
    pub(crate) select: Select,
    /// What it is to those who have it.
    pub(crate) subject: Subject,
}

impl View {
    /// How it is told apart from others: views that say the same in another order are the same.
    pub(crate) fn name(&self) -> Box<[u8]> {
        let mut name = canonical(&self.schema, &self.filter, &self.select).into_vec();
        name.extend(self.subject.tag());
        name.into()
    }
}

/// Everybody who has the same view.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) view: Arc<View>,
    /// How it is told apart from others.
    name: Box<[u8]>,
    access: Access,
    /// Whether its filter asks about parents.
    asks: bool,
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
    /// The groups whose filters ask about parents, by the resources of these.
    asking: HashMap<&'static str, HashSet<GroupId, RandomState>, RandomState>,
}

impl Router {
    /// Opens the group of this view once more, and answers the view that all who have it open share. `most` groups of a resource
    /// may be such that every change has to be held against them; of those that a range leads to, 16 count for one.
    ///
    /// # Errors
    /// If it would be one too many of those.
    pub(crate) fn open(
        &mut self,
        view: Arc<View>,
        most: usize,
    ) -> Result<(GroupId, Arc<View>), TooManyScanned> {
        let name = view.name();
        if let Some(id) = self.by_name.get(&name).copied()
            && let Some(group) = self.groups[id].as_mut()
        {
            group.open += 1;
            return Ok((id, Arc::clone(&group.view)));
        }
        let access = Access::of(&view.schema, &view.filter);
        let index = self.by_resource.entry(view.schema.name).or_default();
        if index.work_with(&access) > most.saturating_mul(SCAN) {
            return Err(TooManyScanned);
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.groups.push(None);
            self.groups.len() - 1
        });
        let asks = view.filter.asks_about_parents();
        if asks {
            for resource in view.filter.parents() {
                self.asking.entry(resource).or_default().insert(id);
            }
        }
        index.add(&access, id);
        self.by_name.insert(name.clone(), id);
        self.groups[id] = Some(Group {
            asks,
            view: Arc::clone(&view),
            name,
            access,
            open: 1,
        });
        Ok((id, view))
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
            if group.asks {
                for resource in group.view.filter.parents() {
                    if let Some(asking) = self.asking.get_mut(resource) {
                        asking.remove(&id);
                    }
                }
                self.asking.retain(|_, asking| !asking.is_empty());
            }
            if let Some(index) = self.by_resource.get_mut(group.view.schema.name) {
                index.remove(&group.access, id);
            }
            self.free.push(id);
        }
        true
    }

    /// Whether every change of its resource has to be held against a group.
    pub(crate) fn is_scanned(&self, id: GroupId) -> bool {
        self.group(id).is_some_and(|it| it.access == Access::Scan)
    }

    /// A group that is open.
    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id)?.as_ref()
    }

    /// How many groups are open.
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether nobody else has this group open than the one who has just opened it.
    pub(crate) fn is_new(&self, id: GroupId) -> bool {
        self.group(id).is_some_and(|group| group.open == 1)
    }

    /// Adds who is told of a change, each group once, but for those whose filters ask about parents: these take more to
    /// be judged than the change.
    pub(crate) fn route(&self, change: &Change, deliveries: &mut Vec<Delivery>) {
        let rows = [&change.old, &change.new];
        let found = self.found(&change.schema, rows.into_iter().flatten());
        deliveries.extend(found.into_iter().filter_map(|id| {
            let group = self.group(id)?;
            if group.asks {
                return None;
            }
            let event = group.view.event(change, &|_, _| None)?;
            Some(Delivery { group: id, event })
        }));
    }

    /// The groups that a record belongs to, but for those whose filters ask about parents.
    pub(crate) fn matching(&self, schema: &Schema, row: &Row) -> Vec<GroupId> {
        let mut found = self.found(schema, [row]);
        found.retain(|id| {
            self.group(*id)
                .is_some_and(|group| !group.asks && group.view.filter.matches(row, &|_, _| None))
        });
        found
    }

    /// The groups that a record may belong to, as far as it does not take its parents to tell: those whose filters ask about
    /// parents.
    pub(crate) fn asking(
        &self,
        schema: &Schema,
        row: &Row,
    ) -> impl Iterator<Item = (GroupId, &Arc<View>)> {
        let found = self.found(schema, [row]).into_iter();
        found.filter_map(|id| {
            let group = self.group(id).filter(|group| group.asks)?;
            Some((id, &group.view))
        })
    }

    /// Adds the groups whose filters ask about parents that a change may concern: as a record of theirs, or as a parent.
    pub(crate) fn asked(&self, change: &Change, asked: &mut Vec<GroupId>) {
        if self.asking.is_empty() {
            return;
        }
        let rows = [&change.old, &change.new].into_iter().flatten();
        let own = self.found(&change.schema, rows).into_iter();
        asked.extend(own.filter(|id| self.group(*id).is_some_and(|group| group.asks)));
        asked.extend(self.asking.get(change.schema.name).into_iter().flatten());
    }

    /// The groups that one of these rows may belong to, each once.
    fn found<'r>(&self, schema: &Schema, rows: impl IntoIterator<Item = &'r Row>) -> Vec<GroupId> {
        let mut found = Vec::new();
        if let Some(index) = self.by_resource.get(schema.name) {
            for row in rows {
                index.probe(row, &mut found);
            }
            found.sort_unstable();
            found.dedup();
        }
        found
    }
}

impl View {
    /// What a change is to it. `parent` finds the parents that the filter asks about.
    pub(crate) fn event(&self, change: &Change, parent: &FindParent<'_>) -> Option<Event> {
        if change.schema.name != self.schema.name {
            return None;
        }
        let matches = |row: &Option<Row>| {
            row.as_ref()
                .is_some_and(|row| self.filter.matches(row, parent))
        };
        Event::of(matches(&change.old), matches(&change.new))
    }
}

impl Event {
    /// What it is that a record did or did not match, and now does or does not.
    pub(crate) fn of(before: bool, after: bool) -> Option<Self> {
        match (before, after) {
            (false, true) => Some(Self::Enter),
            (true, true) => Some(Self::Update),
            (true, false) => Some(Self::Leave),
            (false, false) => None,
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests;
