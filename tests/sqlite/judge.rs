//! Whether what is in the database is what was answered: nothing is missing, nothing is there twice.

use std::collections::{BTreeMap, BTreeSet};

use sockful::store::rusqlite::Error;
use sockful::store::{Entry, Store};
use sockful::{Row, Sqlite, Value};

use super::operation::{COUNTERS, Deed, Done, Written};

/// Records by resource and id: the number each holds, and its revision.
type Records = BTreeMap<(String, String), (u64, u64)>;

/// The log of a database that agrees with itself.
pub(super) struct Judged(Vec<Entry>);

impl Judged {
    /// Reads everything. The pages are in order; the log has no hole; the tables hold what it leads to, and the
    /// revision of each record is its last position; each operation is in the ledger.
    pub(super) async fn whole(store: &Sqlite) -> Self {
        let log = log(store).await;
        let mut records = Records::new();
        for entry in &log {
            follow(&mut records, entry);
        }
        assert_eq!(tables(store).await, records);
        assert_eq!(ledger(store).await, log.len() as u64);
        Self(log)
    }

    /// How many operations are in the log.
    pub(super) fn entries(&self) -> usize {
        self.0.len()
    }

    /// Every operation is where it was acknowledged to be, and has written what it was to write. The number is
    /// that of its client.
    pub(super) fn holds<'a>(&self, done: impl Iterator<Item = (usize, &'a Done)>) {
        let mut places = BTreeSet::new();
        for (client, done) in done {
            let Done {
                operation, pos, n, ..
            } = done;
            assert!(places.insert(*pos), "two operations were done at {pos}");
            let place = usize::try_from(*pos).expect("a log fits into memory");
            let entry = place.checked_sub(1).and_then(|place| self.0.get(place));
            let entry = entry.unwrap_or_else(|| panic!("what was acknowledged at {pos} is lost"));
            let expected = operation.writes(client, *n);
            assert_eq!(sorted(changes(entry)), sorted(expected), "at {pos}");
        }
    }
}

/// Every addition has counted once, and was answered with a number of its own. All of them are there.
pub(super) fn counted<'a>(done: impl Iterator<Item = (usize, &'a Done)>) {
    let mut answers = vec![Vec::new(); COUNTERS.into()];
    for (_, done) in done {
        if let Deed::Add(number) | Deed::Take(number, _) = done.operation.deed {
            answers[usize::from(number)].push(done.n);
        }
    }
    for answers in &mut answers {
        answers.sort_unstable();
        assert!(answers.iter().copied().eq(1..=answers.len() as u64));
    }
}

/// The whole log, which has no holes.
async fn log(store: &Sqlite) -> Vec<Entry> {
    let range = store.log().await.expect("there is a log");
    assert_eq!(range.from, 0, "nothing was pruned");
    let mut log: Vec<Entry> = Vec::new();
    loop {
        let pos = log.len() as u64;
        let entries = store.since(pos, 1_000).await.expect("the log is read");
        if entries.is_empty() {
            assert_eq!(pos, range.to, "the log is read to its end");
            return log;
        }
        for (entry, expected) in entries.iter().zip(pos + 1..) {
            assert_eq!(entry.pos, expected, "the log has no hole and nothing twice");
        }
        log.extend(entries);
    }
}

fn sorted(mut written: Vec<Written>) -> Vec<Written> {
    written.sort();
    written
}

fn changes(entry: &Entry) -> Vec<Written> {
    let changes = entry.changes.iter().map(|change| {
        let new = change.new.as_ref().expect("nothing is destroyed");
        (
            change.schema.name,
            text(&change.id),
            number(change.schema.name, new),
        )
    });
    changes.collect()
}

/// The number that a row holds.
fn number(resource: &str, row: &Row) -> u64 {
    let place = if resource == "receipt" { 2 } else { 1 };
    let Value::Int(number) = row[place] else {
        panic!("{resource} holds {:?}", row[place])
    };
    number.try_into().expect("no number is negative")
}

fn text(id: &Value) -> String {
    let Value::Text(text) = id else {
        panic!("an id is {id:?}")
    };
    text.to_string()
}

/// Does to `records` what an entry of the log says. Each change begins where the last one ended.
fn follow(records: &mut Records, entry: &Entry) {
    for change in &entry.changes {
        let resource = change.schema.name;
        assert_eq!(change.rev, entry.pos, "a revision is a position");
        let new = change.new.as_ref().map(|row| number(resource, row));
        let new = new.expect("nothing is destroyed");
        let key = (resource.to_owned(), text(&change.id));
        let before = records.insert(key, (new, entry.pos));
        let old = change.old.as_ref().map(|row| number(resource, row));
        assert_eq!(old, before.map(|(number, _)| number), "at {}", entry.pos);
    }
}

async fn tables(store: &Sqlite) -> Records {
    let records = store.read(|connection| {
        let whole: String =
            connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
        assert_eq!(whole, "ok");
        let mut statement = connection.prepare(
            "SELECT 'counter', id, n, sockful_rev FROM counter UNION ALL \
             SELECT 'receipt', id, n, sockful_rev FROM receipt UNION ALL \
             SELECT 'entry', id, value, sockful_rev FROM entry",
        )?;
        let rows = statement.query_map([], |row| {
            let number = |place| Ok::<_, Error>(row.get::<_, i64>(place)?.unsigned_abs());
            Ok(((row.get(0)?, row.get(1)?), (number(2)?, number(3)?)))
        })?;
        rows.collect()
    });
    records.await.expect("the tables are read")
}

async fn ledger(store: &Sqlite) -> u64 {
    let count = store.read(|connection| {
        let text = "SELECT count(*) FROM sockful_ledger";
        connection.query_row(text, [], |row| row.get::<_, i64>(0))
    });
    count.await.expect("the ledger is read").unsigned_abs()
}
