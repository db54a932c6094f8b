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

    /// Begins a step of which nobody knows how long it takes.
    pub(in crate::store) fn begin_long(what: &'a str) -> Self {
        tracing::info!("migration begins: {what}");
        Self {
            what,
            begun: Instant::now(),
            told: true,
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

#[cfg(test)]
pub(in crate::store) mod tests {
    use std::fmt::{self, Write};
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber, subscriber};

    use super::*;

    /// Writes down what is logged, but for how long things took.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<String>>);

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut lines = self.0.lock().unwrap();
            event.record(&mut Line(&mut lines));
            lines.push('\n');
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    struct Line<'a>(&'a mut String);

    impl Visit for Line<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            match field.name() {
                "took" => self.0.push_str(" (took)"),
                "message" => write!(self.0, "{value:?}").unwrap(),
                name => write!(self.0, " ({name} {value:?})").unwrap(),
            }
        }
    }

    /// What is logged on this thread meanwhile.
    pub(in crate::store) fn logged(step: impl FnOnce()) -> String {
        let lines = Lines::default();
        subscriber::with_default(lines.clone(), step);
        let lines = lines.0.lock().unwrap();
        lines.clone()
    }

    #[test]
    fn what_takes_long_is_told_before_and_after() {
        let lines = logged(|| Progress::begin("CREATE INDEX", MANY).end());
        assert_eq!(
            lines,
            "migration begins: CREATE INDEX (rows 100000)\nmigration done: CREATE INDEX (took)\n"
        );
        let lines = logged(|| Progress::begin_long("0001_names").end());
        assert_eq!(
            lines,
            "migration begins: 0001_names\nmigration done: 0001_names (took)\n"
        );
        // One of which nobody knew that it would.
        let lines = logged(|| {
            let mut slow = Progress::begin("ALTER TABLE", 0);
            slow.begun -= LONG;
            slow.end();
        });
        assert_eq!(lines, "migration done: ALTER TABLE (took)\n");
    }

    #[test]
    fn what_takes_no_time_is_not_worth_a_word() {
        let lines = logged(|| Progress::begin("CREATE INDEX", MANY - 1).end());
        assert_eq!(lines, "");
    }
}
