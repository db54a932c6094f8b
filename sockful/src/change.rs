//! A committed difference to one record.

use std::sync::Arc;

use crate::row::{Row, Value};
use crate::schema::Schema;

/// What a commit did to one record. Born only in a store's commit.
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource of the record.
    pub schema: Arc<Schema>,
    /// The id of the record.
    pub id: Value,
    /// The revision after the change: the position of its commit, also where the record was destroyed.
    pub rev: u64,
    /// The row before; `None` when created.
    pub old: Option<Row>,
    /// The row after; `None` when destroyed.
    pub new: Option<Row>,
}
