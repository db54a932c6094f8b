//! Failures that stores in SQL databases have in common.

use std::fmt;

use crate::store::StoreError;

/// Something in the database is not what this store has put there.
pub(in crate::store) fn damaged(what: impl fmt::Display) -> StoreError {
    StoreError::Failed(format!("the database is damaged: {what}").into())
}

/// The database cannot be used, and whoever starts the server must know why.
pub(in crate::store) fn refused(why: impl fmt::Display) -> StoreError {
    StoreError::Failed(why.to_string().into())
}

/// As much waits as may.
pub(in crate::store) fn busy() -> StoreError {
    StoreError::Unavailable("too much waits for the database".into())
}

/// The same failure, for another who waits.
pub(in crate::store) fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(source) => StoreError::Unavailable(source.to_string().into()),
        StoreError::Dangling(source) => StoreError::Dangling(source.to_string().into()),
        other => StoreError::Failed(other.to_string().into()),
    }
}
