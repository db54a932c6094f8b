//! Who is in which group: how they come, what they have missed by then, and how they go.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use foldhash::quality::RandomState;
use tokio::sync::oneshot;

use super::{Command, Hub, Member, MemberId, Members, Replay, Stage};
use crate::live::follow;
use crate::live::push::{Item, Push};
use crate::live::router::{GroupId, TooManyScanned, View};
use crate::live::subject::Subject;
use crate::live::subscriber::{Reason, Subscriber};
use crate::live::tell::Tell;
use crate::live::work::Work;
use crate::live::{Live, Ticket};
use crate::meters;
use crate::row::Row;
use crate::schema::Schema;
use crate::store::Committed;

/// Somebody, and what was last told to each of their watches.
type Beaten<'a> = (&'a Arc<Subscriber>, Vec<(Arc<str>, u64)>);

impl Hub {
    pub(super) fn open(
        &mut self,
        view: Arc<View>,
        reply: oneshot::Sender<Result<Ticket, TooManyScanned>>,
        live: &Arc<Live>,
    ) {
        self.wake(live);
        if self.stage == Stage::Waking {
            // From its position on everything is told: who joins then has nothing to wait for.
            self.parked.push(Command::Open { view, reply });
            return;
        }
        let opened = self.router.open(view, self.limits.scans);
        let opened = opened.map(|(group, view)| {
            if self.router.is_new(group) {
                self.begin_group(group, &view);
            }
            Ticket::new(live, group, &view, self.life)
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

    pub(super) fn join(
        &mut self,
        ticket: Arc<Ticket>,
        subscriber: Arc<Subscriber>,
        from: u64,
        live: &Arc<Live>,
    ) {
        if ticket.life() != self.life && self.stage == Stage::Awake {
            self.lose(&ticket, subscriber, Reason::Log);
            return;
        }
        match self.replay(ticket.group(), from, live) {
            Replayed::Here(replay) => {
                for push in &*replay.pushes {
                    subscriber.catch_up(ticket.member(), push);
                }
                self.add(&ticket, subscriber, from.max(replay.pos));
            }
            Replayed::Later => self.parked.push(Command::Join {
                ticket,
                subscriber,
                from,
            }),
            Replayed::Follow(entries) => live.work(Work::Rejoin {
                ticket,
                subscriber,
                from,
                entries,
            }),
            Replayed::Gone(reason) => self.lose(&ticket, subscriber, reason),
        }
    }

    /// Somebody is told of everything behind this position, unless it has gone meanwhile.
    fn add(&mut self, ticket: &Arc<Ticket>, subscriber: Arc<Subscriber>, from: u64) {
        if subscriber.caught_up(ticket, self.life) {
            let member = Member {
                subscriber,
                ticket: Arc::downgrade(ticket),
                from,
            };
            let members = &mut self.groups[ticket.group()].members;
            let before = members.insert(ticket.member(), member);
            self.joined += usize::from(before.is_none());
        }
    }

    /// Nobody knows what somebody has missed: it is told so, and of what is told without being asked for it is told on.
    fn lose(&mut self, ticket: &Arc<Ticket>, subscriber: Arc<Subscriber>, reason: Reason) {
        subscriber.reset(ticket.view(), reason, self.pos);
        self.add(ticket, subscriber, self.pos);
    }

    pub(super) fn look(
        &mut self,
        group: GroupId,
        from: u64,
        reply: oneshot::Sender<Option<Replay>>,
        live: &Arc<Live>,
    ) {
        // Who asks has a ticket: the group is there.
        let answer = match self.replay(group, from, live) {
            Replayed::Here(replay) => Some(replay),
            Replayed::Gone(_) => None,
            Replayed::Later => {
                self.parked.push(Command::Look {
                    group,
                    from,
                    life: self.life,
                    reply,
                });
                return;
            }
            Replayed::Follow(entries) => {
                if let Some(view) = self.router.group(group).map(|it| Arc::clone(&it.view)) {
                    live.work(Work::Look {
                        view,
                        from,
                        pos: self.pos,
                        entries,
                        reply,
                    });
                }
                return;
            }
        };
        // Nobody may wait for it any more.
        let _ = reply.send(answer);
    }

    /// What a group was told behind a position, as far as that is known here.
    fn replay(&mut self, group: GroupId, from: u64, live: &Arc<Live>) -> Replayed {
        if self.stage != Stage::Awake {
            return Replayed::Later;
        }
        let nothing = |pos| Replay {
            pushes: Arc::default(),
            pos,
        };
        if from >= self.pos {
            return Replayed::Here(nothing(from));
        }
        let Some(members) = self.groups.get_mut(group) else {
            return Replayed::Gone(Reason::Log);
        };
        if let Some((looked, replay)) = &members.looked
            && *looked == from
            && replay.pos == self.pos
        {
            return Replayed::Here(replay.clone());
        }
        let Some(entries) = self.ring.since(from) else {
            let far = self.ring.from() - from > self.limits.replay as u64;
            if far || !self.limits.log || !self.ring.has_room() {
                return Replayed::Gone(Reason::Log);
            }
            if !mem::replace(&mut self.fetching, true) {
                let upto = self.ring.from();
                live.work(Work::Fetch { from, upto });
            }
            return Replayed::Later;
        };
        let Some(found) = self.router.group(group) else {
            return Replayed::Gone(Reason::Log);
        };
        let view = &found.view;
        if view.filter.asks_about_parents() {
            let entries: Vec<_> = entries
                .filter(|entry| follow::concerns(view, entry))
                .cloned()
                .collect();
            return if entries.is_empty() {
                Replayed::Here(nothing(self.pos))
            } else {
                Replayed::Follow(entries)
            };
        }
        let mut prev = from;
        let mut pushes = Vec::new();
        for entry in entries {
            let items: Vec<_> = entry
                .changes
                .iter()
                .filter_map(|change| Some(Item::of(change, view.event(change, &|_, _| None)?)))
                .collect();
            if items.len() > self.limits.push {
                return Replayed::Gone(Reason::TooLarge);
            }
            if !items.is_empty() {
                pushes.push(Arc::new(Push::new(view, entry.pos, prev, items)));
                prev = entry.pos;
            }
        }
        let replay = Replay {
            pushes: pushes.into(),
            pos: self.pos,
        };
        if let Some(last) = replay.pushes.last() {
            // From before the group was opened, perhaps: everybody in it knows it by now.
            members.prev = members.prev.max(last.pos);
        }
        members.looked = Some((from, replay.clone()));
        Replayed::Here(replay)
    }

    pub(super) fn fetched(
        &mut self,
        from: u64,
        entries: Option<Vec<Arc<Committed>>>,
        live: &Arc<Live>,
    ) {
        self.fetching = false;
        match entries {
            Some(entries) => {
                self.ring.prepend(from, entries);
                self.run_parked(live);
            }
            None => {
                for command in mem::take(&mut self.parked) {
                    match command {
                        Command::Look {
                            from: wanted,
                            reply,
                            ..
                        } if wanted <= from => {
                            let _ = reply.send(None);
                        }
                        Command::Join {
                            ticket,
                            subscriber,
                            from: wanted,
                        } if wanted <= from => self.lose(&ticket, subscriber, Reason::Log),
                        other => self.run(other, live),
                    }
                }
            }
        }
    }

    /// Tells something that is no change to everybody, once, who has a view that this record belongs to: of those that ask about
    /// parents, one of these.
    pub(super) fn tell(&self, schema: &Schema, row: &Row, asking: &[Arc<View>], tell: &Arc<Tell>) {
        let mut told: HashSet<usize, RandomState> = HashSet::default();
        let among = self.router.asking().filter(|(_, view)| {
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

    /// Does something with everybody who is told of anything, and with what was last told to each of their watches.
    pub(super) fn each_subscriber(
        &self,
        mut act: impl FnMut(&Arc<Subscriber>, &[(Arc<str>, u64)]),
    ) {
        let mut all: HashMap<usize, Beaten<'_>, RandomState> = HashMap::default();
        for (id, members) in self.groups.iter().enumerate() {
            let watch = self.router.group(id).and_then(|it| it.view.subject.watch());
            for member in members.members.values() {
                let who = Arc::as_ptr(&member.subscriber).addr();
                let entry = all
                    .entry(who)
                    .or_insert_with(|| (&member.subscriber, Vec::new()));
                if let Some(watch) = watch {
                    entry.1.push((Arc::clone(watch), members.prev));
                }
            }
        }
        for (subscriber, last) in all.into_values() {
            act(subscriber, &last);
        }
    }
}

/// What is known of what a group was told.
enum Replayed {
    Here(Replay),
    /// Once the log was read.
    Later,
    /// It takes the parents of the records of these transactions to tell.
    Follow(Vec<Arc<Committed>>),
    /// It cannot be told any more.
    Gone(Reason),
}
