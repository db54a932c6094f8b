//! What a hub is told.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::live::Ticket;
use crate::live::push::Item;
use crate::live::router::{GroupId, TooManyScanned, View};
use crate::live::subscriber::{Reason, Subscriber};
use crate::live::tell::Tell;
use crate::row::Row;
use crate::schema::Schema;
use crate::store::Committed;

/// What a hub is told.
pub(in crate::live) enum Command {
    /// A transaction is committed.
    Entry(Arc<Committed>),
    /// Somebody wants to join the group of a view, and reads the records first.
    Open {
        view: Arc<View>,
        reply: oneshot::Sender<Result<Ticket, TooManyScanned>>,
    },
    /// Somebody is told of what comes behind what it knows.
    Join {
        // Kept until that is so: a group whose place another has taken cannot be joined.
        ticket: Arc<Ticket>,
        subscriber: Arc<Subscriber>,
    },
    /// A ticket has gone.
    Close { group: GroupId, member: MemberId },
    /// What was asked for in this life of the log.
    Known(u64, Known),
    /// Those who may read this record are told something that is no change of it, those who have these views among them.
    Tell {
        schema: Arc<Schema>,
        row: Row,
        asking: Vec<Arc<View>>,
        tell: Arc<Tell>,
    },
    /// Which views may this record belong to that ask about parents?
    Asking {
        schema: Arc<Schema>,
        row: Row,
        reply: oneshot::Sender<Vec<Arc<View>>>,
    },
    /// Somebody may be told without having asked.
    Wake,
    /// Nobody has watched anything for long.
    Sleep,
}

/// What a hub has asked for, or what was found without having been asked for.
pub(in crate::live) enum Known {
    /// Where the log stands; `None` if it could not be read.
    Head(Option<u64>),
    /// The log goes on to this position at least.
    Further(u64),
    /// What comes behind the position that the hub has reached.
    Filled(Filled),
    /// What an entry is to groups that ask about parents, or why that could not be found out.
    Followed { pos: u64, told: Vec<Told> },
}

/// What became of reading the log behind the position that the hub has reached.
pub(in crate::live) enum Filled {
    /// Up to this position, without a hole.
    Upto(u64, Vec<Arc<Committed>>),
    /// It could not be read now.
    Later,
    /// Where there is no log: whoever has committed something behind this position has had time to say so.
    Passed { after: u64 },
    /// Something of it is no longer kept, or the log has begun another life.
    Gone,
}

/// What a transaction is to the group of a view, or why nobody can tell.
pub(in crate::live) struct Told {
    pub(in crate::live) group: GroupId,
    pub(in crate::live) view: Arc<View>,
    pub(in crate::live) items: Result<Vec<Item>, Reason>,
}

/// Tells one membership from all others.
pub(in crate::live) type MemberId = u64;
