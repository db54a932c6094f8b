//! What a store in memory remembers of its commits.

use std::collections::{HashMap, VecDeque};

use crate::store::{Answered, Committed, Entry, OperationKey, StoreError};

/// So many entries, and so many answers, are kept.
const KEPT: usize = 10_000;

/// The answers no more than this.
const KEPT_BYTES: usize = 64 << 20;

/// The last commits.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Entry>);

impl Log {
    /// The position before the oldest entry.
    pub(super) fn from(&self) -> u64 {
        // A commit that changes anything takes the next position.
        self.0.front().map_or(0, |oldest| oldest.pos - 1)
    }

    pub(super) fn append(&mut self, committed: &Committed) {
        if committed.changes.is_empty() {
            return;
        }
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Entry {
            pos: committed.pos,
            at: jiff::Timestamp::now().as_microsecond(),
            changes: committed.changes.clone(),
        });
    }

    pub(super) fn since(&self, pos: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let from = self.from();
        if pos < from {
            return Err(StoreError::Pruned { from });
        }
        let known = usize::try_from(pos - from).unwrap_or(usize::MAX);
        Ok(self.0.iter().skip(known).take(limit).cloned().collect())
    }
}

/// The last answers.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    answers: HashMap<OperationKey, Answered>,
    order: VecDeque<OperationKey>,
    /// How much text they are.
    bytes: usize,
}

impl Ledger {
    pub(super) fn get(&self, key: &OperationKey) -> Option<&Answered> {
        self.answers.get(key)
    }

    pub(super) fn record(&mut self, key: OperationKey, answered: Answered) {
        self.bytes += size(&key, &answered);
        self.answers.insert(key.clone(), answered);
        self.order.push_back(key);
        // The newest stays, however long it is: whoever waits for it may ask again.
        while self.order.len() > KEPT || self.bytes > KEPT_BYTES && self.order.len() > 1 {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(answered) = self.answers.remove(&oldest) {
                self.bytes -= size(&oldest, &answered);
            }
        }
    }
}

fn size(key: &OperationKey, answered: &Answered) -> usize {
    key.user.len() + key.op.len() + answered.answer.len()
}
