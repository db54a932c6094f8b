//! What PostgreSQL says, as a store says it. None of it reaches a client but whether to try again.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Deref;

use tokio_postgres::error::SqlState;

pub(super) use crate::store::sql::error::{busy, copy, damaged, refused};

use crate::store::StoreError;

/// An error of tokio-postgres. It is a type of our own so that nobody outside can turn that crate's into a
/// [`StoreError`].
#[derive(Debug)]
pub(super) struct Error(tokio_postgres::Error);

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self(error)
    }
}

impl Deref for Error {
    type Target = tokio_postgres::Error;

    fn deref(&self) -> &tokio_postgres::Error {
        &self.0
    }
}

/// A failure of PostgreSQL, in words for whoever runs the server.
#[derive(Debug)]
struct Failure {
    what: &'static str,
    source: tokio_postgres::Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, told(&self.source))
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

impl From<Error> for StoreError {
    fn from(Error(source): Error) -> Self {
        if is_dangling(&source) {
            let what = "a foreign key does not hold";
            return Self::Dangling(Box::new(Failure { what, source }));
        }
        let (what, may_pass) = kind(&source);
        let failure = Box::new(Failure { what, source });
        if may_pass {
            Self::Unavailable(failure)
        } else {
            Self::Failed(failure)
        }
    }
}

/// What an error says, in the words of the server where it has said anything.
pub(super) fn told(error: &tokio_postgres::Error) -> String {
    if let Some(error) = error.as_db_error() {
        return error.message().to_owned();
    }
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        told = format!("{told}: {error}");
        source = error.source();
    }
    told
}

/// What has happened, and whether it may pass without anybody's doing.
fn kind(error: &tokio_postgres::Error) -> (&'static str, bool) {
    let Some(code) = error.code() else {
        return if is_lost(error) {
            ("the connection to the database was lost", true)
        } else {
            ("the database was not understood", false)
        };
    };
    match code.code().get(..2) {
        Some("08") => ("the connection to the database was lost", true),
        Some("40") => ("the database gave way to another transaction", true),
        Some("53") => ("there is no room left for the database", true),
        Some("57") => ("the database was interrupted", true),
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => {
            ("another transaction holds the database", true)
        }
        // The server has become a standby, or the transaction waited too long for its next statement.
        Some("25") => ("the database takes no writes now", true),
        Some("28") => ("the database lets nobody in by this name", false),
        Some("42") => ("the database is not as it was when it was opened", false),
        Some("XX") => ("the database is damaged", false),
        _ => ("the database failed", false),
    }
}

/// Whether a record would name a parent that is not there.
fn is_dangling(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code.is_some_and(|code| {
        [
            SqlState::FOREIGN_KEY_VIOLATION,
            SqlState::RESTRICT_VIOLATION,
        ]
        .contains(code)
    })
}

/// Whether the connection is gone, and with it the answer.
pub(super) fn is_lost(error: &tokio_postgres::Error) -> bool {
    let io = error
        .source()
        .is_some_and(|source| source.is::<std::io::Error>());
    let ended = error.code().is_some_and(|code| {
        [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ]
        .contains(code)
            || code.code().starts_with("08")
    });
    error.is_closed() || io || ended
}

/// Whether what the statements of a connection were prepared for has changed since: they are to be prepared anew.
pub(super) fn is_outdated(error: &tokio_postgres::Error) -> bool {
    let code = error.code();
    code.is_some_and(|code| {
        [
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::INVALID_SQL_STATEMENT_NAME,
        ]
        .contains(code)
    })
}

/// There is no connection now.
pub(super) fn unreachable() -> StoreError {
    StoreError::Unavailable("there is no connection to the database".into())
}

/// The store has ended, or the runtime it works in.
pub(super) fn ended() -> StoreError {
    StoreError::Unavailable("the store has ended".into())
}
