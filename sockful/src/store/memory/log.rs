//! What a store in memory remembers of its commits.

use std::collections::{HashMap, VecDeque};

use crate::change::Change;
use crate::row::Row;
use crate::store::{Answered, Committed, Entry, OperationKey, StoreError};

/// So many entries, and so many answers, are kept.
const KEPT: usize = 10_000;

/// And of each no more than about so many bytes.
const KEPT_BYTES: usize = 64 << 20;

/// The last commits.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// About how much their rows are.
    bytes: usize,
}

impl Log {
    /// The position before the oldest entry.
    pub(super) fn from(&self) -> u64 {
        // A commit that changes anything takes the next position.
        self.entries.front().map_or(0, |oldest| oldest.pos - 1)
    }

    pub(super) fn append(&mut self, committed: &Committed) {
        if committed.changes.is_empty() {
            return;
        }
        self.bytes += rows(&committed.changes);
        self.entries.push_back(Entry {
            pos: committed.pos,
            at: jiff::Timestamp::now().as_microsecond(),
            changes: committed.changes.clone(),
        });
        // The newest stays, however long it is: it is where positions go on.
        let len = |log: &Self| log.entries.len();
        while len(self) > KEPT || self.bytes > KEPT_BYTES && len(self) > 1 {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= rows(&oldest.changes);
        }
    }

    pub(super) fn since(&self, pos: u64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let from = self.from();
        if pos < from {
            return Err(StoreError::Pruned { from });
        }
        let known = usize::try_from(pos - from).unwrap_or(usize::MAX);
        Ok(self
            .entries
            .iter()
            .skip(known)
            .take(limit)
            .cloned()
            .collect())
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

/// About how many bytes the rows of these changes take.
fn rows(changes: &[Change]) -> usize {
    let rows = |it: &Change| {
        [&it.old, &it.new]
            .into_iter()
            .flatten()
            .map(Row::size)
            .sum::<usize>()
    };
    changes.iter().map(rows).sum()
}

fn size(key: &OperationKey, answered: &Answered) -> usize {
    key.user.len() + key.op.len() + answered.answer.len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::resource::FieldFacts as Field;
    use crate::row::Value;
    use crate::row::tests::{resource, schema_of};
    use crate::schema::Schema;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Page {
        id: String,
    }

    resource!(Page: String, "page", [Field::new("id").id()]);

    /// A commit that has made a record of so many bytes.
    fn made(schema: &Arc<Schema>, pos: u64, bytes: usize) -> Committed {
        let id = Value::Text("x".repeat(bytes).into());
        let change = Change {
            schema: schema.clone(),
            id: id.clone(),
            rev: pos,
            old: None,
            new: Some(Row::new(vec![id])),
        };
        Committed {
            pos,
            changes: vec![change],
        }
    }

    #[test]
    fn it_keeps_64_mib_and_the_newest_in_any_case() {
        let schema = Arc::new(schema_of::<Page>());
        let mut log = Log::default();
        for pos in 1..=63 {
            log.append(&made(&schema, pos, 1 << 20));
        }
        assert_eq!(log.from(), 0);
        // What a value takes beside its text counts as well.
        log.append(&made(&schema, 64, 1 << 20));
        assert_eq!(log.from(), 1);
        log.append(&made(&schema, 65, 65 << 20));
        assert_eq!(log.from(), 64);
        assert_eq!(log.since(64, 10).unwrap().len(), 1);
        log.append(&made(&schema, 66, 10));
        assert_eq!(log.from(), 65);
    }

    #[test]
    fn it_keeps_the_last_10_000_entries() {
        let schema = Arc::new(schema_of::<Page>());
        let mut log = Log::default();
        for pos in 1..=10_001 {
            log.append(&made(&schema, pos, 1));
        }
        assert_eq!(log.from(), 1);
    }
}
