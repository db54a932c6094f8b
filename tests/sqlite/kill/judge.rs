//! Whether what is in the database is what was answered: nothing is missing, nothing is there twice.

use std::collections::BTreeMap;
use std::path::PathBuf;

use sockful::store::rusqlite::Error;
use sockful::store::{Entry, Store};
use sockful::{Row, Sqlite, Value};

use super::client::Client;
use super::operation::{COUNTERS, Deed, Done, Written, counter};
use super::records;

/// Records by resource and id: the number each holds, and its revision.
type Records = BTreeMap<(String, String), (u64, u64)>;

/// Judges the database that the last server has left. Answers how many operations are in its log.
pub(super) async fn judge(database: PathBuf, stage: usize, clients: &[Client]) -> usize {
    let store = Sqlite::open(database).expect("the database opens");
    let _app = records::app(store.clone(), stage).await;
    let log = log(&store).await;

    let mut done: BTreeMap<u64, (usize, &Done)> = BTreeMap::new();
    for client in clients {
        for it in &client.done {
            let other = done.insert(it.pos, (client.number, it));
            assert!(other.is_none(), "two operations were done at {}", it.pos);
        }
    }
    assert_eq!(
        log.len(),
        done.len(),
        "everything was acknowledged in the end, so the log has as many entries"
    );
    let mut records = Records::new();
    for (entry, (pos, (client, done))) in log.iter().zip(&done) {
        assert_eq!(
            entry.pos, *pos,
            "an acknowledged operation is not in the log"
        );
        let expected = done.operation.writes(*client, done.n);
        assert_eq!(sorted(changes(entry)), sorted(expected), "at {pos}");
        follow(&mut records, entry);
    }
    assert_counted(clients, &records);
    assert_eq!(
        tables(&store).await,
        records,
        "the tables hold what the log leads to, and the revision of a record is its last position"
    );
    assert_eq!(
        ledger(&store).await,
        done.len() as u64,
        "each operation is in the ledger"
    );
    log.len()
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

/// Every addition has counted once, and was answered with a number of its own.
fn assert_counted(clients: &[Client], records: &Records) {
    for number in 0..COUNTERS {
        let done = clients.iter().flat_map(|client| &client.done);
        let added = done.filter(
            |done| matches!(done.operation.deed, Deed::Add(it) | Deed::Take(it, _) if it == number),
        );
        let mut answers: Vec<u64> = added.map(|done| done.n).collect();
        answers.sort_unstable();
        assert!(
            answers.iter().copied().eq(1..=answers.len() as u64),
            "each addition has its own number"
        );
        let key = ("counter".to_owned(), counter(number));
        assert_eq!(records[&key].0, answers.len() as u64);
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
