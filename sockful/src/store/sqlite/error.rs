//! What SQLite says, as a store says it. None of it reaches a client but whether to try again.

use std::error::Error as StdError;
use std::fmt;

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_TRIGGER};

pub(super) use crate::store::sql::error::{busy, copy, damaged, refused};

use crate::store::StoreError;

/// A failure of SQLite, in words for whoever runs the server.
#[derive(Debug)]
struct Failure {
    what: &'static str,
    source: rusqlite::Error,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.source)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

// rusqlite is public already, by what `Sqlite::read` takes: this ties nobody to more.
impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        if is_dangling(&source) {
            let what = "a foreign key does not hold";
            return Self::Dangling(Box::new(Failure { what, source }));
        }
        let (what, may_pass) = kind(source.sqlite_error_code());
        let failure = Box::new(Failure { what, source });
        if may_pass {
            Self::Unavailable(failure)
        } else {
            Self::Failed(failure)
        }
    }
}

/// What has happened, and whether it may pass without anybody's doing.
fn kind(code: Option<ErrorCode>) -> (&'static str, bool) {
    match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("another process holds the database", true)
        }
        Some(ErrorCode::DiskFull) => ("there is no room left for the database", true),
        Some(ErrorCode::OutOfMemory) => ("there is no memory left for the database", true),
        Some(ErrorCode::OperationInterrupted) => ("the database was interrupted", true),
        Some(ErrorCode::ReadOnly) => ("the database or its folder cannot be written to", false),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            ("the database cannot be opened", false)
        }
        Some(ErrorCode::SystemIoFailure) => ("the disk of the database fails", false),
        Some(ErrorCode::DatabaseCorrupt) => ("the database is damaged", false),
        Some(ErrorCode::NotADatabase) => ("the file is no SQLite database", false),
        _ => ("the database failed", false),
    }
}

/// Whether a record would name a parent that is not there.
fn is_dangling(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(error, message) = error else {
        return false;
    };
    match error.extended_code {
        SQLITE_CONSTRAINT_FOREIGNKEY => true,
        // `ON DELETE RESTRICT` is a trigger, which only its message tells from others.
        SQLITE_CONSTRAINT_TRIGGER => message
            .as_ref()
            .is_some_and(|it| it == "FOREIGN KEY constraint failed"),
        _ => false,
    }
}

/// The thread has ended without an answer: only a mistake of ours can do that.
pub(super) fn ended() -> StoreError {
    StoreError::Failed("the thread of the database has ended".into())
}
