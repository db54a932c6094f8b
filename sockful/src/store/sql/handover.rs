//! What one store in an SQL database gives another, to go on where it has stopped.

use std::sync::Arc;

use super::Recorded;
use crate::schema::Schema;
use crate::store::{Opened, Stored};

/// A part of a handover. They come in this order, those of a kind several times; [`Part::End`] tells that all is there.
pub(in crate::store) enum Part {
    /// The epoch and the secret.
    Opened(Opened),
    /// What tables have been like: hash, resource, fields.
    Layouts(Vec<[String; 3]>),
    Rows(Arc<Schema>, Vec<Stored>),
    Log(Vec<Line>),
    /// Operations, and when each was recorded: in microseconds since 1970.
    Ledger(Vec<(Recorded, i64)>),
    End,
}

/// One change, as the log keeps it.
pub(in crate::store) struct Line {
    pub(in crate::store) pos: i64,
    pub(in crate::store) part: i32,
    /// In microseconds since 1970.
    pub(in crate::store) at: i64,
    pub(in crate::store) resource: String,
    pub(in crate::store) id: String,
    pub(in crate::store) schema: String,
    pub(in crate::store) new: Option<String>,
    pub(in crate::store) old: Option<String>,
}
