//! Tells whoever starts a server what takes long, and nothing of what does not.

use std::time::{Duration, Instant};

/// With so many rows a step is told of before it begins.
const MANY: u64 = 100_000;

/// What has taken so long is told of once it is done.
const LONG: Duration = Duration::from_secs(1);

/// A step of a migration that has begun.
pub(in crate::store) struct Progress<'a> {
    what: &'a str,
    begun: Instant,
    told: bool,
}

impl<'a> Progress<'a> {
    /// Begins a step that looks at so many rows.
    pub(in crate::store) fn begin(what: &'a str, rows: u64) -> Self {
        let told = rows >= MANY;
        if told {
            tracing::info!(rows, "migration begins: {what}");
        }
        Self {
            what,
            begun: Instant::now(),
            told,
        }
    }

    /// Ends it.
    pub(in crate::store) fn end(self) {
        let took = self.begun.elapsed();
        if self.told || took >= LONG {
            tracing::info!(?took, "migration done: {}", self.what);
        }
    }
}
