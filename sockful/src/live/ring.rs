//! The last transactions, for those who come back and those who join.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::row::Row;
use crate::store::Committed;

/// And no more than about so many bytes of rows.
const MOST_BYTES: usize = 64 << 20;

/// The last transactions, without a hole, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ring {
    entries: VecDeque<Arc<Committed>>,
    /// The position before the oldest.
    from: u64,
    bytes: usize,
    /// The most that it holds.
    most: usize,
}

impl Ring {
    /// An empty one, which goes on behind this position.
    pub(super) fn new(from: u64, most: usize) -> Self {
        Self {
            from,
            most,
            ..Self::default()
        }
    }

    /// The position before the oldest: nothing is missing behind it.
    pub(super) fn from(&self) -> u64 {
        self.from
    }

    /// Whether it could hold more than it does.
    pub(super) fn has_room(&self) -> bool {
        self.entries.len() < self.most && self.bytes < MOST_BYTES
    }

    /// Adds the newest.
    pub(super) fn append(&mut self, entry: Arc<Committed>) {
        self.bytes += size(&entry);
        self.entries.push_back(entry);
        while self.entries.len() > self.most || self.bytes > MOST_BYTES && self.entries.len() > 1 {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= size(&oldest);
            self.from = oldest.pos;
        }
    }

    /// Adds what lies between this position and the oldest, as far as there is room.
    pub(super) fn prepend(&mut self, from: u64, entries: Vec<Arc<Committed>>) {
        let mut all = true;
        for entry in entries.into_iter().rev() {
            if entry.pos > self.from {
                continue;
            }
            if !self.has_room() {
                all = false;
                break;
            }
            self.bytes += size(&entry);
            self.from = entry.pos;
            self.entries.push_front(entry);
        }
        if all {
            self.from = self.from.min(from);
        } else if let Some(oldest) = self.entries.front() {
            self.from = oldest.pos.saturating_sub(1);
        }
    }

    /// What comes behind a position; `None` if something of it is no longer here.
    pub(super) fn since(&self, pos: u64) -> Option<impl Iterator<Item = &Arc<Committed>>> {
        if pos < self.from {
            return None;
        }
        let first = self.entries.partition_point(|entry| entry.pos <= pos);
        Some(self.entries.range(first..))
    }
}

fn size(entry: &Committed) -> usize {
    let rows = entry.changes.iter();
    let rows = rows.flat_map(|change| [&change.old, &change.new].into_iter().flatten());
    rows.map(Row::size).sum()
}
