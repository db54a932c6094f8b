//! The ledger: what operations were answered, in the table `sockful_ledger`.

use rusqlite::{Connection, OptionalExtension};

use super::error::damaged;
use crate::store::{Answered, Committed, Operation, OperationKey, StoreError};

/// What a row takes beside its texts, about: with the hash, and what the index takes.
const ROW: u64 = 96;

/// The size of one row of the ledger, in SQL; the other half of [`record`].
pub(super) const SIZE: &str = "octet_length(answer) + octet_length(op) + octet_length(user) + 96";

/// What an operation was answered.
pub(super) fn find(
    connection: &Connection,
    key: &OperationKey,
) -> Result<Option<Answered>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT request, answer FROM sockful_ledger WHERE user = ?1 AND op = ?2")?;
    let found: Option<(Vec<u8>, String)> = statement
        .query_row([&*key.user, &*key.op], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((request, answer)) = found else {
        return Ok(None);
    };
    let request = request
        .try_into()
        .map_err(|_| damaged("an operation of the ledger has no hash of its request"))?;
    Ok(Some(Answered {
        request,
        answer: answer.into(),
    }))
}

/// Records an operation, as the last act of its commit. Answers about how many bytes that took.
pub(super) fn record(
    connection: &Connection,
    operation: Operation,
    committed: &Committed,
    at: i64,
) -> Result<u64, StoreError> {
    let Operation {
        key,
        request,
        mut answer,
    } = operation;
    let answer = answer(committed);
    let mut statement = connection.prepare_cached(
        "INSERT INTO sockful_ledger (user, op, request, answer, at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    statement.execute((&*key.user, &*key.op, &request[..], &*answer, at))?;
    let length = answer.len() + key.op.len() + key.user.len();
    Ok(length as u64 + ROW)
}
