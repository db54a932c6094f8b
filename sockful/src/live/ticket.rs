//! The right to be told what a group is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::hub::{Command, MemberId};
use super::missed::Memo;
use super::router::{GroupId, View};
use super::{Live, Subscriber};

/// Keeps a group open; whoever has joined by it leaves when it is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    live: Arc<Live>,
    group: GroupId,
    shared: Shared,
    member: MemberId,
    /// The life of the log in which positions were told by it.
    life: AtomicU64,
}

/// What whoever has a group open shares.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) view: Arc<View>,
    /// Whether every change has to be held against it.
    pub(super) is_scanned: bool,
    /// What it was last told anew.
    pub(super) memo: Arc<Memo>,
}

impl Ticket {
    pub(super) fn new(live: &Arc<Live>, group: GroupId, shared: Shared, life: u64) -> Self {
        Self {
            live: Arc::clone(live),
            group,
            shared,
            member: live.next_member(),
            life: AtomicU64::new(life),
        }
    }

    pub(super) fn group(&self) -> GroupId {
        self.group
    }

    pub(super) fn member(&self) -> MemberId {
        self.member
    }

    pub(crate) fn view(&self) -> &Arc<View> {
        &self.shared.view
    }

    /// Whether every change of the resource has to be held against its group.
    pub(crate) fn is_scanned(&self) -> bool {
        self.shared.is_scanned
    }

    pub(super) fn memo(&self) -> &Memo {
        &self.shared.memo
    }

    pub(super) fn life(&self) -> u64 {
        self.life.load(Ordering::Relaxed)
    }

    /// From now on positions are told by it in this life of the log.
    pub(super) fn begin_life(&self, life: u64) {
        self.life.store(life, Ordering::Relaxed);
    }

    /// Tells a subscriber of everything behind what it knows. Not to be called while the subscriber is locked.
    pub(super) fn join(self: &Arc<Self>, subscriber: &Arc<Subscriber>) {
        self.live.submit(Command::Join {
            ticket: Arc::clone(self),
            subscriber: Arc::clone(subscriber),
        });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.live.submit(Command::Close {
            group: self.group,
            member: self.member,
        });
    }
}
