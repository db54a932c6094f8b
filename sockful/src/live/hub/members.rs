//! Who is in which group: how they come, what they are told, and how they go.

use std::collections::HashSet;
use std::mem;
use std::sync::Arc;

use foldhash::quality::RandomState;
use tokio::sync::oneshot;

use super::{Command, Hub, Member, MemberId, Members, Stage};
use crate::live::push::{Item, Push};
use crate::live::router::{GroupId, TooManyScanned, View};
use crate::live::subject::Subject;
use crate::live::subscriber::{Reason, Subscriber};
use crate::live::tell::Tell;
use crate::live::ticket::Shared;
use crate::live::work::Work;
use crate::live::{Live, Ticket};
use crate::meters;
use crate::row::Row;
use crate::schema::Schema;

impl Hub {
    pub(super) fn open(
        &mut self,
        view: Arc<View>,
        reply: oneshot::Sender<Result<Ticket, TooManyScanned>>,
        live: &Arc<Live>,
    ) {
        // From here on everything is told of: what is committed before it is known where the log stands is behind that.
        self.wake(live);
        let opened = self.router.open(view, self.limits.scans);
        let opened = opened.map(|(group, view)| {
            if self.router.is_new(group) {
                self.begin_group(group, &view);
            }
            let shared = Shared {
                view,
                is_scanned: self.router.is_scanned(group),
                memo: Arc::clone(&self.groups[group].memo),
            };
            Ticket::new(live, group, shared, live.progress.life())
        });
        // Where nobody waits for it any more the ticket goes, and closes the group.
        let _ = reply.send(opened);
    }

    fn begin_group(&mut self, group: GroupId, view: &View) {
        self.open.increment(1);
        if self.groups.len() <= group {
            self.groups.resize_with(group + 1, Members::default);
        }
        self.groups[group] = Members {
            // Who was answered a record may know it from a moment before.
            prev: match view.subject {
                Subject::Record(..) => 0,
                Subject::Watch(_) | Subject::All(_) => self.pos,
            },
            told: Some(meters::pushes(view.schema.name)),
            ..Members::default()
        };
    }

    pub(super) fn close(&mut self, group: GroupId, member: MemberId) {
        if let Some(members) = self.groups.get_mut(group) {
            self.joined -= usize::from(members.members.remove(&member).is_some());
        }
        if self.router.close(group) {
            self.open.decrement(1);
            self.groups[group] = Members::default();
        }
    }

    /// From now on somebody is told of everything; what it has missed by now it is told first.
    pub(super) fn join(
        &mut self,
        ticket: Arc<Ticket>,
        subscriber: Arc<Subscriber>,
        live: &Arc<Live>,
    ) {
        if self.stage != Stage::Awake {
            self.parked.push(Command::Join { ticket, subscriber });
            return;
        }
        if ticket.life() != live.progress.life() {
            subscriber.begin_life(&ticket, self.pos);
            ticket.begin_life(live.progress.life());
        }
        let Some((known, last)) = subscriber.joins(&ticket, self.pos) else {
            return;
        };
        let member = Member {
            subscriber: Arc::clone(&subscriber),
            ticket: Arc::downgrade(&ticket),
        };
        let members = &mut self.groups[ticket.group()];
        // It may have been told of what came before the group was opened.
        members.prev = members.prev.min(last);
        let before = members.members.insert(ticket.member(), member);
        self.joined += usize::from(before.is_none());
        if known < self.pos {
            live.work(Work::CatchUp { ticket, subscriber });
        }
    }

    /// Tells a group what a transaction is to it.
    pub(super) fn deliver(&mut self, id: GroupId, pos: u64, items: Result<Vec<Item>, Reason>) {
        let (Some(group), Some(members)) = (self.router.group(id), self.groups.get_mut(id)) else {
            return;
        };
        let items = match items {
            Ok(items) if items.len() > self.limits.push => Err(Reason::TooLarge),
            items => items,
        };
        let prev = mem::replace(&mut members.prev, pos);
        match items {
            Ok(items) => {
                let push = Arc::new(Push::new(&group.view, pos, prev, items));
                let told = members.members.iter();
                let told = told.filter(|(id, member)| member.subscriber.push(**id, &push));
                let count = told.count();
                if let Some(told) = &members.told {
                    told.increment(count as u64);
                }
            }
            Err(reason) => {
                for (id, member) in &members.members {
                    let subject = &group.view.subject;
                    member.subscriber.lose(subject, *id, reason, pos);
                }
            }
        }
    }

    /// Tells something that is no change to everybody, once, who has a view that this record belongs to: of those that ask about
    /// parents, one of these.
    pub(super) fn tell(&self, schema: &Schema, row: &Row, asking: &[Arc<View>], tell: &Arc<Tell>) {
        let mut told: HashSet<usize, RandomState> = HashSet::default();
        let among = self.router.asking(schema, row).filter(|(_, view)| {
            let mut asking = asking.iter();
            asking.any(|other| Arc::ptr_eq(other, view))
        });
        let among = among.map(|(group, _)| group);
        for group in self.router.matching(schema, row).into_iter().chain(among) {
            for member in self.groups[group].members.values() {
                let who = Arc::as_ptr(&member.subscriber).addr();
                if told.insert(who) {
                    member.subscriber.tell(tell);
                }
            }
        }
    }
}
