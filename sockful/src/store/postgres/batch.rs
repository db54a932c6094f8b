//! One transaction of the database for several commits: one trip that asks for all they touch, one that writes.

use tokio_postgres::error::SqlState;

use super::commit::{Batch, Proof};
use super::connection::{Ask, Link};
use super::error::{Error, is_lost, is_outdated, refused};
use super::log;
use super::rows::{integer, position, time};
use super::tables::Tables;
use super::touched::Touched;
use crate::row::Value;
use crate::store::{Committed, StoreError, Transaction};

/// What each commit of a batch is answered.
pub(super) type Answers = Vec<Result<Committed, StoreError>>;

/// Why a batch was not committed, as far as is known.
pub(super) enum Uncommitted {
    /// Nothing was done; one of the commits may be at fault.
    Refused(StoreError),
    /// Nothing was done; none of them is at fault.
    Undone(StoreError),
    /// Nothing was done; the statements have to be prepared anew.
    Outdated(StoreError),
    /// The connection was lost on the way: it is not known whether all was done or nothing.
    Unknown(Proof, Answers),
}

impl From<Error> for Uncommitted {
    fn from(error: Error) -> Self {
        if is_outdated(&error) {
            return Self::Outdated(error.into());
        }
        if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            // What is locked is of one of them, as a rule: the others need not wait for it.
            return Self::Refused(error.into());
        }
        error_of(error.into())
    }
}

fn error_of(error: StoreError) -> Uncommitted {
    match error {
        StoreError::Unavailable(_) => Uncommitted::Undone(error),
        _ => Uncommitted::Refused(error),
    }
}

/// Begins a transaction that sees everything committed before it: only one of all nodes has the lock, and each
/// statement sees what was committed before it began.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Takes that lock, which is waited for long: others are at work meanwhile. Everything after it is waited for a second,
/// because another program that holds a row or a table shall not hold up all nodes. What is selected is evaluated in its
/// order; the next statement could not set it, as it waits for its tables before it evaluates anything.
const LOCK: &str = "SELECT pg_advisory_xact_lock($1), set_config('lock_timeout', '1s', TRUE)";

/// Records may swap values, and it has been seen to that no two have the same in the end. Of parents and their children
/// either may be written first.
pub(super) const DEFER: &str = "SET CONSTRAINTS ALL DEFERRED";

/// Does transactions in their order, each if it can be done after those before it.
pub(super) async fn commit(
    link: &Link,
    tables: &Tables,
    lock: i64,
    transactions: &mut [Transaction],
) -> Result<Answers, Uncommitted> {
    let done = attempt(link, tables, lock, transactions).await;
    if !matches!(done, Ok(_) | Err(Uncommitted::Unknown(..))) && !link.is_gone() {
        // If this is not heard, nobody else is either: the connection ends, and the transaction with it.
        let _ = link.execute("ROLLBACK").await;
    }
    done
}

async fn attempt(
    link: &Link,
    tables: &Tables,
    lock: i64,
    transactions: &mut [Transaction],
) -> Result<Answers, Uncommitted> {
    let touched = Touched::by(transactions, tables);
    let head = format!("SELECT {}, clock_timestamp()", log::LAST);
    let mut asks = vec![
        Ask::new(BEGIN, Vec::new()),
        Ask::new(LOCK, vec![Box::new(lock)]),
        Ask::new(&head, Vec::new()),
    ];
    let first = asks.len();
    asks.extend(touched.asks());
    let answers = link.all(asks).await?;
    let answers: Vec<_> = answers.into_iter().collect::<Result<_, _>>()?;
    let head = answers[first - 1].first();
    let head = head.ok_or_else(|| Uncommitted::Undone(refused("the log was not found")))?;
    let (last, at) = (position(head, 0), time(head, 1));
    let known = touched.known(&answers[first..]).map_err(error_of)?;

    let (last, at) = (last.map_err(error_of)?, at.map_err(error_of)?);
    let mut batch = Batch::new(tables, known, last, at);
    let answers = transactions.iter_mut().map(|it| batch.take(it)).collect();
    let Some(proof) = batch.proof() else {
        // Whatever they asked for, nothing is to be written.
        link.execute("ROLLBACK").await?;
        return Ok(answers);
    };
    let mut asks = Vec::new();
    if touched.has_unique() || touched.has_kin() {
        asks.push(Ask::new(DEFER, Vec::new()));
    }
    asks.extend(batch.statements());
    asks.push(Ask::new("COMMIT", Vec::new()));
    for written in link.all(asks).await? {
        match written {
            Ok(_) => {}
            // All of them were sent, so the last of them may have been heard.
            Err(error) if is_lost(&error) => return Err(Uncommitted::Unknown(proof, answers)),
            // What comes after an error is ignored, and what came before is undone.
            Err(error) => return Err(error.into()),
        }
    }
    Ok(answers)
}

/// Whether the batch of this proof was committed.
pub(super) async fn was_committed(
    link: &Link,
    lock: i64,
    proof: &Proof,
) -> Result<bool, StoreError> {
    // Whoever has the lock knows that the transaction has ended: it would have it otherwise.
    let mut asks = vec![
        Ask::new(BEGIN, Vec::new()),
        Ask::new(LOCK, vec![Box::new(lock)]),
    ];
    asks.push(match proof {
        Proof::Entry(pos, at) => Ask::new(
            "SELECT FROM sockful_log WHERE pos = $1 AND part = 0 AND at = $2",
            vec![Box::new(integer(*pos)), Box::new(Value::Time(*at))],
        ),
        Proof::Operation(key, at) => Ask::new(
            "SELECT FROM sockful_ledger WHERE \"user\" = $1 AND op = $2 AND at = $3",
            vec![
                Box::new(key.user.to_string()),
                Box::new(key.op.to_string()),
                Box::new(Value::Time(*at)),
            ],
        ),
    });
    asks.push(Ask::new("ROLLBACK", Vec::new()));
    let answers = link.all(asks).await?;
    let answers: Vec<_> = answers.into_iter().collect::<Result<_, _>>()?;
    Ok(answers.get(2).is_some_and(|rows| !rows.is_empty()))
}
