//! The last transactions, for those who come back and those who join.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::row::Row;
use crate::store::Committed;

/// And no more than about so many bytes of rows.
const MOST_BYTES: usize = 64 << 20;

/// The last transactions, without a hole, oldest first.
#[derive(Debug)]
pub(super) struct Ring {
    /// The life of the log that they are of.
    life: u64,
    entries: VecDeque<Arc<Committed>>,
    /// The position before the oldest.
    from: u64,
    /// That of the newest.
    upto: u64,
    bytes: usize,
    /// The most that it holds.
    most: usize,
}

impl Ring {
    /// An empty one, which goes on behind this position.
    pub(super) fn new(life: u64, from: u64, most: usize) -> Self {
        Self {
            life,
            entries: VecDeque::new(),
            from,
            upto: from,
            bytes: 0,
            most,
        }
    }

    /// The life of the log that it is of.
    pub(super) fn life(&self) -> u64 {
        self.life
    }

    /// The position before the oldest: nothing is missing behind it.
    pub(super) fn from(&self) -> u64 {
        self.from
    }

    /// The position of the newest, or the one that it goes on behind.
    pub(super) fn upto(&self) -> u64 {
        self.upto
    }

    /// Whether it could go back to this position.
    pub(super) fn could_reach(&self, pos: u64) -> bool {
        let more = usize::try_from(self.from.saturating_sub(pos)).unwrap_or(usize::MAX);
        // Of one that is full of bytes not even one more would be kept for long.
        more <= self.most && self.entries.len() < self.most && self.bytes < MOST_BYTES / 4 * 3
    }

    fn has_room(&self) -> bool {
        self.entries.len() < self.most && self.bytes < MOST_BYTES
    }

    /// Adds the newest.
    pub(super) fn append(&mut self, entry: Arc<Committed>) {
        self.upto = entry.pos;
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
        for entry in entries.into_iter().rev() {
            if !self.has_room() {
                self.from = entry.pos;
                return;
            }
            self.bytes += size(&entry);
            self.entries.push_front(entry);
        }
        self.from = from;
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
