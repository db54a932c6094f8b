//! The right to be told what a group is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::hub::{Command, MemberId};
use super::router::{GroupId, View};
use super::{Live, Subscriber};

/// Keeps a group open; whoever has joined by it leaves when it is dropped.
#[derive(Debug)]
pub(crate) struct Ticket {
    live: Arc<Live>,
    group: GroupId,
    /// That of the group: whoever has it open shares it.
    view: Arc<View>,
    member: MemberId,
    /// The life of the log in which positions were told by it.
    life: AtomicU64,
}

impl Ticket {
    pub(super) fn new(live: &Arc<Live>, group: GroupId, view: &Arc<View>, life: u64) -> Self {
        Self {
            live: Arc::clone(live),
            group,
            view: Arc::clone(view),
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
        &self.view
    }

    pub(super) fn life(&self) -> u64 {
        self.life.load(Ordering::Relaxed)
    }

    /// From now on positions are told by it in this life of the log.
    pub(super) fn begin_life(&self, life: u64) {
        self.life.store(life, Ordering::Relaxed);
    }

    /// Whether it is of the group of this view.
    pub(super) fn is_of(&self, view: &Arc<View>) -> bool {
        Arc::ptr_eq(&self.view, view)
    }

    /// Tells a subscriber of everything behind a position. Not to be called while the subscriber is locked.
    pub(super) fn join(self: &Arc<Self>, subscriber: &Arc<Subscriber>, from: u64) {
        self.live.submit(Command::Join {
            ticket: Arc::clone(self),
            subscriber: Arc::clone(subscriber),
            from,
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
