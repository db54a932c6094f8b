//! What somebody is to be told about from now on, and who has had that decided.

use std::sync::Arc;

use crate::live::claim::Claim;
use crate::live::missed::Replay;
use crate::live::question::Question;
use crate::live::ticket::Ticket;

/// A further thing to be told about, once the answer has left that says so.
#[derive(Debug)]
pub(crate) struct Join {
    pub(crate) question: Arc<Question>,
    pub(crate) ticket: Ticket,
    /// The position at which the client knows the records.
    pub(crate) from: u64,
    /// What it has missed since.
    pub(crate) replay: Option<Replay>,
    /// Who had it decided.
    pub(crate) standing: Standing,
    /// Its place until then.
    pub(crate) claim: Option<Claim>,
}

/// That somebody has read records of a resource that it is told all of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    pub(crate) resource: &'static str,
    /// Who had decided what may be read.
    pub(crate) standing: Standing,
}

/// On whose behalf somebody is told, as far as it takes to see whether that has changed: how often it has, and how often the facts
/// of the user have become stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(super) changes: u64,
    pub(super) version: u64,
}
