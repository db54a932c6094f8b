//! What is asked of each side, and what it must tell.

use std::io;

use serde_json::{Value, json};

use crate::side::Side;

/// The words of one side.
#[derive(Clone, Copy)]
pub(super) struct Words {
    side: Side,
    /// How many queries there are: one asks for everything, more for one name each.
    queries: usize,
}

/// One change, which everybody who watches a query is told of.
#[derive(Clone, Copy)]
pub(super) enum Change {
    /// The one record of this query is updated.
    Update { query: usize, turn: usize },
    /// So many records are made at once.
    Batch { records: usize, turn: usize },
}

impl Words {
    pub(super) fn new(side: Side, queries: usize) -> Self {
        Self { side, queries }
    }

    /// Creates the one record of a query.
    pub(super) fn seed(self, query: usize) -> String {
        self.call("create", &record(&format!("n{query}"), query))
    }

    /// Asks to be told of what happens to the records of a query.
    pub(super) fn watch(self, query: usize) -> String {
        let name = format!("n{query}");
        match self.side {
            Side::Rooms => json!(["join", name]).to_string(),
            Side::Channels => self.call("join", &json!({ "name": name })),
            _ if self.queries == 1 => self.call("watch", &json!({})),
            _ => self.call("watch", &json!({ "name": name })),
        }
    }

    /// Makes a change.
    pub(super) fn change(self, change: Change) -> String {
        match change {
            Change::Update { query, turn } => {
                let (id, hunger) = (format!("n{query}"), hunger(turn));
                match self.side {
                    Side::Channels => {
                        json!(["patch", "creature", id, { "hunger": hunger }, {}]).to_string()
                    }
                    _ => self.call("update", &json!({ "id": id, "hunger": hunger })),
                }
            }
            Change::Batch { records, turn } => {
                let records = (0..records).map(|index| record(&batch_id(turn, index), 0));
                self.call("create", &records.collect())
            }
        }
    }

    /// Of how many records this event tells, which must be those of a change.
    ///
    /// # Errors
    /// When it tells of anything else.
    pub(super) fn told(self, event: &[u8], change: Change) -> io::Result<usize> {
        let surprise = || {
            let event = String::from_utf8_lossy(event);
            io::Error::other(format!("{} was told {event}", self.side.name()))
        };
        let told: Value = serde_json::from_slice(event)?;
        let is_feathers = self.side == Side::Channels;
        let right = match change {
            Change::Update { query, turn } => {
                let record = if is_feathers { &told[1] } else { &told[2] };
                let action = if is_feathers {
                    told[0] == "creature patched"
                } else {
                    told[0] == "creature" && told[1] == "update"
                };
                let is_record = record["id"] == format!("n{query}")
                    && record["hunger"] == hunger(turn)
                    && record["kind"]["dragon"]["wings"] == 2;
                (action && is_record).then_some(1)
            }
            Change::Batch { turn, .. } if is_feathers => {
                let is_of_turn = told[1]["id"]
                    .as_str()
                    .is_some_and(|id| id.starts_with(&batch_id(turn, 0)[..6]));
                (told[0] == "creature created" && is_of_turn).then_some(1)
            }
            Change::Batch { records, turn } => {
                let items = told[2].as_array().map_or(&[][..], Vec::as_slice);
                let are_records = items.iter().enumerate().all(|(index, item)| {
                    item[0] == "enter" && item[1]["id"] == batch_id(turn, index)
                });
                let is_whole = told[1] == "batch" && items.len() == records && are_records;
                is_whole.then_some(records)
            }
        };
        right.ok_or_else(surprise)
    }

    fn call(self, action: &str, payload: &Value) -> String {
        match self.side {
            Side::Channels => json!([action, "creature", payload, {}]).to_string(),
            _ => json!(["creature", action, payload]).to_string(),
        }
    }
}

/// A record that the query with this number finds.
fn record(id: &str, query: usize) -> Value {
    json!({
        "id": id,
        "name": format!("n{query}"),
        "hunger": 9,
        "kind": { "dragon": { "wings": 2 } },
        "tags": ["red", "old"],
    })
}

/// Another one each time than the time before, of each of up to ten queries, and none that a record begins with.
fn hunger(turn: usize) -> usize {
    (turn + 10) % 256
}

/// As long for each.
fn batch_id(turn: usize, index: usize) -> String {
    format!("b{turn:04}-{index:04}")
}
