//! Why a store did not do what it was asked.

use std::error::Error as StdError;
use std::fmt;

use super::Answered;
#[cfg(doc)]
use super::{Expect, Read, Write};

/// Why a store did not do what it was asked. Nothing of it reaches a client but the kind.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// [`Expect::Absent`] does not hold for this write of the transaction.
    Exists {
        /// The place of the write.
        write: usize,
    },
    /// A record is no longer what a [`Read`], or the [`Expect::Rev`] of a [`Write`], names.
    Stale,
    /// The operation of the transaction was recorded before.
    Answered(Answered),
    /// What was asked of the log is no longer kept.
    Pruned {
        /// The least position that can be asked for.
        from: u64,
    },
    /// Another record holds the value of a `unique` field.
    Unique {
        /// The place of the write.
        write: usize,
        /// The place of the field.
        field: usize,
    },
    /// A record would be left that names a parent which is not there, as the database itself says: what was checked before can
    /// only be the work of another program, or of a resource that the store was not opened for.
    Dangling(Box<dyn StdError + Send + Sync>),
    /// What is stored does not fit the schemas: every reason, for whoever starts the server.
    Unfit(Vec<String>),
    /// The store cannot do it now, and may later.
    Unavailable(Box<dyn StdError + Send + Sync>),
    /// The store failed.
    Failed(Box<dyn StdError + Send + Sync>),
}

impl StoreError {
    /// [`Failed`](Self::Failed), for this reason.
    pub fn failed(why: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Failed(why.into())
    }

    /// [`Unavailable`](Self::Unavailable), for this reason.
    pub fn unavailable(why: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(why.into())
    }

    pub(super) fn unsupported(what: &str) -> Self {
        Self::failed(format!("this store keeps no {what}"))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists { write } => write!(f, "write {write}: a record with this id exists"),
            Self::Stale => f.write_str("a record has changed since it was read"),
            Self::Answered(_) => f.write_str("the operation was answered before"),
            Self::Pruned { from } => write!(f, "the log is kept from position {from} on"),
            Self::Unique { write, field } => {
                write!(f, "write {write}: the value of field {field} is taken")
            }
            Self::Unfit(reasons) => f.write_str(&reasons.join("\n")),
            Self::Dangling(error) | Self::Unavailable(error) | Self::Failed(error) => error.fmt(f),
        }
    }
}

impl StdError for StoreError {}
