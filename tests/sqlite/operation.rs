//! What clients ask for, and what they must be answered.

use std::hash::{DefaultHasher, Hash, Hasher};

use fastrand::Rng;
use serde_json::{Value, json};
use uuid::Uuid;

/// So many entries are created at once.
const BATCH: u32 = 20;

/// So many counters are shared by all clients.
pub(super) const COUNTERS: u8 = 4;

/// Something to be done once, under an operation id.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) op: Uuid,
    pub(super) deed: Deed,
    /// Whether the server has ended while this waited for its answer.
    pub(super) doubted: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Deed {
    /// Creates a counter.
    Count(u8),
    /// Creates a batch of entries, from this one on.
    Create(u32),
    /// Gives an entry another value.
    Update(u32, u32),
    /// Adds to a counter.
    Add(u8),
    /// Adds to a counter and writes a receipt, in one transaction.
    Take(u8, u32),
}

/// A record after a change: its resource, id and number.
pub(super) type Written = (&'static str, String, u64);

/// An operation that was answered.
pub(super) struct Done {
    pub(super) operation: Operation,
    /// Its place in the log.
    pub(super) pos: u64,
    /// What the counter was at then.
    pub(super) n: u64,
    /// The answer itself, by its hash: there are many.
    pub(super) answer: u64,
}

pub(super) fn counter(number: u8) -> String {
    format!("c{number}")
}

fn entry(client: usize, index: u32) -> String {
    format!("e{client}-{index}")
}

fn receipt(client: usize, index: u32) -> String {
    format!("r{client}-{index}")
}

impl Operation {
    /// The arguments of the request.
    pub(super) fn arguments(&self, client: usize) -> Value {
        let (resource, action, payload) = match self.deed {
            Deed::Count(number) => (
                "counter",
                "create",
                json!({ "id": counter(number), "n": 0 }),
            ),
            Deed::Create(first) => {
                let entries = (first..first + BATCH)
                    .map(|index| json!({ "id": entry(client, index), "value": index }));
                ("entry", "create", entries.collect())
            }
            Deed::Update(index, value) => {
                let payload = json!({ "id": entry(client, index), "value": value });
                ("entry", "update", payload)
            }
            Deed::Add(number) => ("counter", "add", json!({ "id": counter(number) })),
            Deed::Take(number, index) => {
                let payload = json!({ "id": counter(number), "receipt": receipt(client, index) });
                ("counter", "take", payload)
            }
        };
        json!([resource, action, payload, { "op": self.op }])
    }

    /// What it writes. `n` is what the counter is at.
    pub(super) fn writes(&self, client: usize, n: u64) -> Vec<Written> {
        match self.deed {
            Deed::Count(number) => vec![("counter", counter(number), 0)],
            Deed::Create(first) => (first..first + BATCH)
                .map(|index| ("entry", entry(client, index), index.into()))
                .collect(),
            Deed::Update(index, value) => vec![("entry", entry(client, index), value.into())],
            Deed::Add(number) => vec![("counter", counter(number), n)],
            Deed::Take(number, index) => vec![
                ("counter", counter(number), n),
                ("receipt", receipt(client, index), n),
            ],
        }
    }

    /// Whether it was not done because too many others change the same counter.
    pub(super) fn is_contended(&self, error: &Value) -> bool {
        let counts = matches!(self.deed, Deed::Add(_) | Deed::Take(..));
        counts && error["reason"] == "contended"
    }

    /// Reads an answer, which must be the one that this operation has.
    pub(super) fn answered(
        &self,
        client: usize,
        error: &Value,
        result: &Value,
        meta: &Value,
    ) -> (u64, u64) {
        let pos = meta["pos"].as_u64().unwrap_or(0);
        let n = result.as_u64().unwrap_or(0);
        let fits = match self.deed {
            Deed::Create(_) => {
                let entries = result.as_array().map_or(&[][..], Vec::as_slice);
                let written = self.writes(client, 0);
                let same = |(entry, (_, id, value)): (&Value, &Written)| {
                    entry["id"] == **id && entry["value"] == *value
                };
                entries.len() == written.len()
                    && entries.iter().zip(&written).all(same)
                    && meta["revs"] == json!(vec![pos; written.len()])
            }
            Deed::Update(index, value) => {
                result["id"] == *entry(client, index)
                    && result["value"] == value
                    && meta["rev"] == pos
            }
            Deed::Count(number) => {
                result["id"] == *counter(number) && result["n"] == 0 && meta["rev"] == pos
            }
            Deed::Add(_) | Deed::Take(..) => n > 0 && meta["rev"] == pos,
        };
        assert!(
            error.is_null() && pos > 0 && fits,
            "{} is answered {error} {result} {meta}",
            self.arguments(client)
        );
        (pos, n)
    }
}

/// An answer without the mark of being given again, and whether it had it.
pub(super) fn hashed([error, result, mut meta]: [Value; 3]) -> (u64, bool) {
    let replayed = meta
        .as_object_mut()
        .and_then(|meta| meta.remove("replayed"));
    let mut hasher = DefaultHasher::new();
    for value in [error, result, meta] {
        value.to_string().hash(&mut hasher);
    }
    (hasher.finish(), replayed == Some(Value::Bool(true)))
}

/// What one client does, one thing after another, drawn at random.
pub(super) struct Draw {
    pub(super) rng: Rng,
    entries: u32,
    receipts: u32,
}

impl Draw {
    /// Each client has its own.
    pub(super) fn new(client: usize, seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed.wrapping_add(client as u64)),
            entries: 0,
            receipts: 0,
        }
    }

    /// What has to be done first, by one client: the counters are created.
    pub(super) fn counters(&mut self) -> Vec<Operation> {
        let counters = (0..COUNTERS).map(|number| self.operation(Deed::Count(number)));
        counters.collect()
    }

    pub(super) fn next(&mut self) -> Operation {
        let deed = match self.rng.u8(..4) {
            1 if self.entries > 0 => {
                Deed::Update(self.rng.u32(..self.entries), self.rng.u32(1 << 31..))
            }
            2 => Deed::Add(self.rng.u8(..COUNTERS)),
            3 => {
                self.receipts += 1;
                Deed::Take(self.rng.u8(..COUNTERS), self.receipts)
            }
            _ => {
                self.entries += BATCH;
                Deed::Create(self.entries - BATCH)
            }
        };
        self.operation(deed)
    }

    fn operation(&mut self, deed: Deed) -> Operation {
        let random = uuid::Builder::from_random_bytes(self.rng.u128(..).to_ne_bytes());
        Operation {
            op: random.into_uuid(),
            deed,
            doubted: false,
        }
    }
}
