//! Random transactions, one after the other.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::Place;
use super::differential::describe;
use super::generated::{self, RawRow, RawShape, RawValue, raw_row, raw_shape};
use super::subject::{self, Open, Subject, key, operation, same_or_none};
use crate::change::Change;
use crate::query::Query;
use crate::row::Value;
use crate::schema::Schema;
use crate::store::{Committed, Expect, Memory, Read, Store, StoreError, Transaction, Write};

/// Draws random transactions and commits each to the store and to [`Memory`]: outcomes, rows, log and ledger
/// must be the same, but for positions.
///
/// One history for every 50 of the 5,000 questions, or `SOCKFUL_CASES`; `SOCKFUL_SEED` draws others.
///
/// # Panics
/// With the smallest history found that comes out differently.
pub fn same_history<M, F, S>(make: M)
where
    M: Fn(Place) -> F + Send + Sync + 'static,
    F: Future<Output = S> + Send + 'static,
    S: Store,
{
    let subject = Subject::new(make);
    let reference = Subject::new(|_| async { Memory::new() });
    let shapes = [raw_shape(), raw_shape()];
    let drawn =
        (shapes, vec(raw_step(), 1..=16)).prop_map(|(shapes, steps)| History { shapes, steps });
    generated::draw(generated::cases().div_ceil(50), &drawn, |history| {
        subject::run(holds(&subject, &reference, &history))
    });
}

#[derive(Clone, Debug)]
struct History {
    shapes: [RawShape; 2],
    steps: Vec<RawStep>,
}

/// What becomes a transaction.
#[derive(Clone, Debug)]
struct RawStep {
    writes: Vec<RawWrite>,
    read: Option<(Target, Known)>,
    operation: Option<u8>,
}

#[derive(Clone, Debug)]
struct RawWrite {
    target: Target,
    /// Whether the record is expected not to be there.
    create: bool,
    known: Known,
    row: Option<RawRow>,
}

/// One of a few records.
#[derive(Clone, Copy, Debug)]
struct Target {
    schema: bool,
    id: u8,
}

/// What is known of the revision of a record.
#[derive(Clone, Copy, Debug)]
enum Known {
    Current,
    Wrong,
}

fn raw_step() -> impl Strategy<Value = RawStep> {
    let target = || (any::<bool>(), 0..4_u8).prop_map(|(schema, id)| Target { schema, id });
    let known = || prop_oneof![9 => Just(Known::Current), 1 => Just(Known::Wrong)];
    let row = prop_oneof![4 => raw_row().prop_map(Some), 1 => Just(None)];
    let write = (target(), any::<bool>(), known(), row);
    let write = write.prop_map(|(target, create, known, row)| RawWrite {
        target,
        create,
        known,
        row,
    });
    let read = prop_oneof![3 => Just(None), 1 => (target(), known()).prop_map(Some)];
    let operation = prop_oneof![2 => Just(None), 1 => (0..6_u8).prop_map(Some)];
    (vec(write, 0..=4), read, operation).prop_map(|(writes, read, operation)| RawStep {
        writes,
        read,
        operation,
    })
}

async fn holds(subject: &Subject, reference: &Subject, history: &History) -> Result<(), String> {
    let [one, two] = &history.shapes;
    // Positions differ between stores, and with them what a field of revisions would hold.
    let schemas = [one.schema("one", false), two.schema("two", false)];
    let tested = subject.open_for(&schemas).await;
    let model = reference.open_for(&schemas).await;
    let starts = [
        start(&tested, &schemas[0]).await,
        start(&model, &schemas[0]).await,
    ];
    let mut told = String::new();
    for step in &history.steps {
        let [asked, expected] =
            [&tested, &model].map(|open| transaction(open, &schemas, step, tested.caps.ledger));
        let (asked, expected) = (asked.await, expected.await);
        let _ = writeln!(told, "{asked:?}");
        let found = tested.store.commit(asked).await;
        let expected = model.store.commit(expected).await;
        outcome(&found, &expected).map_err(|why| report(&schemas, &told, &why))?;
    }
    let ends = ends(&tested, &model, &schemas, starts).await;
    ends.map_err(|why| report(&schemas, &told, &why))
}

/// The position before anything happens.
async fn start(open: &Open, schema: &Arc<Schema>) -> u64 {
    open.list(schema, &Query::default()).await.pos
}

/// The transaction of a step, with the revisions that records have in this store.
async fn transaction(
    open: &Open,
    schemas: &[Arc<Schema>; 2],
    step: &RawStep,
    ledger: bool,
) -> Transaction {
    let mut transaction = Transaction::default();
    let mut written = HashSet::new();
    for write in &step.writes {
        let (schema, id) = target(schemas, write.target);
        // One write for each record.
        if !written.insert((schema.name, id.clone())) {
            continue;
        }
        let expect = if write.create {
            Expect::Absent
        } else {
            Expect::Rev(revision(open, schema, &id, write.known).await)
        };
        // What is created is not destroyed at once.
        let raw = match (&write.row, expect) {
            (None, Expect::Absent) => Some([RawValue::Null; 9]),
            (row, _) => *row,
        };
        let row = raw.map(|mut raw| {
            raw[0] = RawValue::Known(write.target.id);
            generated::row(&raw, schema)
        });
        transaction.writes.push(Write {
            schema: Arc::clone(schema),
            id,
            expect,
            row,
        });
    }
    if let Some((read, known)) = step.read {
        let (schema, id) = target(schemas, read);
        transaction.reads.push(Read {
            schema: Arc::clone(schema),
            expect: found(open, schema, &id, known).await,
            id,
        });
    }
    transaction.operation = step.operation.filter(|_| ledger).map(|at| {
        let key = key("ann", &at.to_string());
        operation(&key, &format!("{} writes", transaction.writes.len()))
    });
    transaction
}

fn target(schemas: &[Arc<Schema>; 2], Target { schema, id }: Target) -> (&Arc<Schema>, Value) {
    let schema = &schemas[usize::from(schema)];
    (schema, generated::id(RawValue::Known(id), schema))
}

/// What a read of a record finds.
async fn found(open: &Open, schema: &Arc<Schema>, id: &Value, known: Known) -> Expect {
    match (open.get(schema, id).await, known) {
        (Some(stored), Known::Current) => Expect::Rev(stored.rev),
        (Some(_), Known::Wrong) | (None, Known::Current) => Expect::Absent,
        (None, Known::Wrong) => Expect::Rev(1),
    }
}

async fn revision(open: &Open, schema: &Arc<Schema>, id: &Value, known: Known) -> u64 {
    let stored = open.get(schema, id).await;
    match (stored, known) {
        (Some(stored), Known::Current) => stored.rev,
        (Some(stored), Known::Wrong) => stored.rev + 1,
        (None, _) => 1,
    }
}

/// Whether both came out alike.
fn outcome(
    found: &Result<Committed, StoreError>,
    expected: &Result<Committed, StoreError>,
) -> Result<(), String> {
    use StoreError::{Answered, Exists, Stale, Unique};
    let alike = match (found, expected) {
        (Ok(found), Ok(expected)) => {
            let pos = found.pos;
            let revs = found.changes.iter().all(|change| change.rev == pos);
            revs && same_changes(&found.changes, &expected.changes)
        }
        (Err(Exists { write }), Err(Exists { write: other })) => write == other,
        (Err(Answered(answered)), Err(Answered(other))) => answered == other,
        // Of several that are taken, any may be told.
        (Err(Stale), Err(Stale)) | (Err(Unique { .. }), Err(Unique { .. })) => true,
        _ => false,
    };
    if alike {
        Ok(())
    } else {
        Err(format!("came out as {found:?}\ninstead of {expected:?}"))
    }
}

fn same_changes(found: &[Change], expected: &[Change]) -> bool {
    let alike = |(a, b): (&Change, &Change)| {
        a.schema.name == b.schema.name
            && a.id == b.id
            && same_or_none(a.old.as_ref(), b.old.as_ref())
            && same_or_none(a.new.as_ref(), b.new.as_ref())
    };
    found.len() == expected.len() && found.iter().zip(expected).all(alike)
}

/// Whether both hold the same in the end.
async fn ends(
    tested: &Open,
    model: &Open,
    schemas: &[Arc<Schema>; 2],
    starts: [u64; 2],
) -> Result<(), String> {
    for schema in schemas {
        let [found, expected] = [tested, model].map(|open| open.all(schema));
        let (found, expected) = (found.await, expected.await);
        if found.len() != expected.len()
            || !found
                .iter()
                .zip(&expected)
                .all(|(a, b)| subject::same(a, b))
        {
            return Err(format!("{found:#?}\nare stored instead of {expected:#?}"));
        }
    }
    if !tested.caps.log {
        return Ok(());
    }
    let [found, expected] = [(tested, starts[0]), (model, starts[1])]
        .map(|(open, start)| open.store.since(start, usize::MAX));
    let (found, expected) = (found.await, expected.await);
    match (found, expected) {
        (Ok(found), Ok(expected)) => {
            let alike = found
                .iter()
                .zip(&expected)
                .all(|(a, b)| same_changes(&a.changes, &b.changes));
            let grow = found.is_sorted_by(|a, b| a.pos < b.pos);
            if found.len() == expected.len() && alike && grow {
                return Ok(());
            }
            Err(format!(
                "the log tells {found:#?}\ninstead of {expected:#?}"
            ))
        }
        (found, expected) => Err(format!("the log: {found:?} instead of {expected:?}")),
    }
}

fn report(schemas: &[Arc<Schema>; 2], told: &str, why: &str) -> String {
    let mut report = format!("{why}\nafter:\n{told}");
    for schema in schemas {
        let _ = writeln!(report, "resource {}", schema.name);
        describe(schema, &[], &mut report);
    }
    report
}
