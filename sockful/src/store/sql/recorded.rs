//! An operation, as a ledger keeps it.

use crate::store::{Answered, OperationKey};

/// An operation that was answered.
pub(in crate::store) struct Recorded {
    pub(in crate::store) key: OperationKey,
    pub(in crate::store) answered: Answered,
}
