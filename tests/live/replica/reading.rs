//! What is told without being asked for is a copy only together with what there was before: that is read while more is told.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Followed, Item, Replica, Sub, snapshot};

/// All records are being read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    /// The position behind which everything is heard: what is read at an earlier one is too old.
    from: u64,
    /// What was heard since, each push with its position.
    since: Vec<(u64, Vec<Kept>)>,
}

/// One item of a push: action, record, revision.
type Kept = (String, Value, u64);

impl Reading {
    /// From a position on everything is told.
    pub(super) fn from(pos: u64) -> Self {
        Self {
            from: pos,
            since: Vec::new(),
        }
    }

    /// Keeps a push until all records were read.
    pub(super) fn hears(&mut self, pos: u64, items: &[Item<'_>]) {
        let items = items
            .iter()
            .map(|(action, record, rev)| ((*action).to_owned(), (*record).clone(), *rev));
        self.since.push((pos, items.collect()));
    }
}

impl Replica {
    /// Takes the answer of `all`, of a resource that pushes to everybody: what it was asked for by
    /// [`Todo::read`](super::Todo::read).
    pub(crate) fn read(&mut self, resource: &str, result: &Value, meta: &Value) {
        let pos = meta["pos"].as_u64().expect("a list has a position");
        let all = Sub::All(resource.to_owned());
        let Some(it) = self.followed.get_mut(&all) else {
            return;
        };
        let Some(reading) = it.reading.take_if(|reading| reading.from <= pos) else {
            return;
        };
        it.records = snapshot(result, &meta["revs"]);
        it.last = it.last.max(pos);
        for (_, items) in reading.since.iter().filter(|(at, _)| *at > pos) {
            for (action, record, rev) in items {
                it.put(action, record, *rev);
            }
        }
    }
}

impl Followed {
    /// Forgets what it has: all records have to be read.
    pub(super) fn read_anew(&mut self, from: u64) {
        self.last = from;
        self.stale = false;
        self.records = BTreeMap::new();
        self.reading = Some(Reading::from(from));
    }
}
