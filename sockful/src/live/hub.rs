//! The one place where committed transactions take their order, and where it is known who is told of them.
//!
//! A hub does no I/O and waits for nothing: what it has to know of the store it asks for by [`Work`], and is told by a
//! [`Command`] like any other. Whoever has a command runs it, unless somebody else is running one: `live.rs` sees to that.

mod command;
mod members;

use std::collections::{BTreeMap, HashMap};
use std::mem;
use std::sync::{Arc, Weak};

use foldhash::quality::RandomState;
use metrics::{Counter, Gauge};

pub(crate) use self::command::Replay;
pub(super) use self::command::{Command, Filled, MemberId, Told};
use super::follow::Asked;
use super::push::{Item, Push};
use super::ring::Ring;
use super::router::{GroupId, Router};
use super::subscriber::{Reason, Subscriber};
use super::work::Work;
use super::{Live, Ticket};
use crate::meters;
use crate::store::Committed;

/// Who is told what, and how far everybody has been told.
pub(super) struct Hub {
    stage: Stage,
    /// The position up to which everything has been told.
    pos: u64,
    /// How often the log has begun another life, or was lost sight of: positions of before say nothing.
    life: u64,
    /// The position up to which nothing is missing among those that wait.
    known: u64,
    /// Transactions that wait for those before them.
    waiting: BTreeMap<u64, Arc<Committed>>,
    ring: Ring,
    router: Router,
    groups: Vec<Members>,
    /// What has to wait until the log was read.
    parked: Vec<Command>,
    filling: bool,
    fetching: bool,
    /// The transaction whose parents are being looked for, and what is known of it by now.
    following: Option<(Arc<Committed>, Vec<Told>)>,
    limits: HubLimits,
    /// Counts the groups.
    open: Gauge,
    /// How many memberships there are.
    joined: usize,
}

/// What a hub may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct HubLimits {
    pub(super) scans: usize,
    pub(super) push: usize,
    pub(super) replay: usize,
    /// Whether the store keeps a log that can be read.
    pub(super) log: bool,
}

/// Whether a hub takes part in what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nobody watches: transactions pass it by.
    Asleep,
    /// It asks where the log stands.
    Waking,
    Awake,
}

/// Those who are in a group.
#[derive(Default)]
struct Members {
    /// The position of the last push, or the one at which the group was opened.
    prev: u64,
    members: HashMap<MemberId, Member, RandomState>,
    /// Counts what they are told.
    told: Option<Counter>,
    /// What was last looked for: those who come back after an interruption come together.
    looked: Option<(u64, Replay)>,
}

struct Member {
    subscriber: Arc<Subscriber>,
    ticket: Weak<Ticket>,
    /// What is not behind this position is known to it.
    from: u64,
}

impl Hub {
    pub(super) fn new(limits: HubLimits) -> Self {
        Self {
            // Of a store without a log nobody can tell later what has happened.
            stage: if limits.log {
                Stage::Asleep
            } else {
                Stage::Awake
            },
            pos: 0,
            life: 0,
            known: 0,
            waiting: BTreeMap::new(),
            ring: Ring::new(0, limits.replay),
            router: Router::default(),
            groups: Vec::new(),
            parked: Vec::new(),
            filling: false,
            fetching: false,
            following: None,
            limits,
            open: meters::groups(),
            joined: 0,
        }
    }

    /// How many groups are open, and how many memberships there are.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.router.len(), self.joined)
    }

    /// Whether it could sleep.
    pub(super) fn is_idle(&self) -> bool {
        self.router.len() == 0 && self.parked.is_empty()
    }

    pub(super) fn run(&mut self, command: Command, live: &Arc<Live>) {
        match command {
            Command::Entry(entry) => self.arrive(entry, live),
            Command::Open { view, reply } => self.open(view, reply, live),
            Command::Join {
                ticket,
                subscriber,
                from,
            } => self.join(ticket, subscriber, from, live),
            Command::Close { group, member } => self.close(group, member),
            Command::Look {
                group,
                from,
                life,
                reply,
            } if life == self.life => self.look(group, from, reply, live),
            // Nobody may wait for it any more.
            Command::Look { reply, .. } => drop(reply.send(None)),
            Command::Head(head) => self.begin(head, live),
            Command::Filled(filled) => self.fill(filled, live),
            Command::Fetched { from, entries } => self.fetched(from, entries, live),
            Command::Followed { pos, told } => self.followed(pos, told, live),
            // Whoever is about to join is told too.
            Command::Tell { .. }
                if self.stage == Stage::Waking && self.parked.len() < self.limits.replay =>
            {
                self.parked.push(command);
            }
            Command::Tell {
                schema,
                row,
                asking,
                tell,
            } => self.tell(&schema, &row, &asking, &tell),
            Command::Asking { schema, reply } => {
                let asking = self.router.asking().map(|(_, view)| view);
                let asking = asking.filter(|view| view.schema.name == schema.name);
                // Nobody may wait for it any more.
                let _ = reply.send(asking.cloned().collect());
            }
            Command::Beat => {
                let pos = self.pos;
                self.each_subscriber(|subscriber, last| subscriber.beat(pos, last));
            }
            Command::Wake => self.wake(live),
            Command::Sleep => self.sleep(live),
        }
    }

    /// Takes part in what happens from now on.
    pub(super) fn wake(&mut self, live: &Arc<Live>) {
        if self.stage == Stage::Asleep {
            self.stage = Stage::Waking;
            live.set_awake(true);
            live.work(Work::Head);
        }
    }

    fn sleep(&mut self, live: &Arc<Live>) {
        if self.stage == Stage::Awake && self.limits.log && self.is_idle() {
            live.set_awake(false);
            self.stage = Stage::Asleep;
            self.ring = Ring::new(0, 0);
            self.waiting.clear();
        }
    }

    fn begin(&mut self, head: Option<u64>, live: &Arc<Live>) {
        if self.stage != Stage::Waking {
            return;
        }
        let Some(head) = head else {
            live.work(Work::Head);
            return;
        };
        self.stage = Stage::Awake;
        (self.pos, self.known) = (head, head);
        self.ring = Ring::new(head, self.limits.replay);
        for members in &mut self.groups {
            // Of another life of the log, perhaps.
            members.prev = members.prev.min(head);
        }
        live.reached(head);
        self.advance(live);
        self.run_parked(live);
    }

    fn run_parked(&mut self, live: &Arc<Live>) {
        for command in mem::take(&mut self.parked) {
            self.run(command, live);
        }
    }

    fn arrive(&mut self, entry: Arc<Committed>, live: &Arc<Live>) {
        if self.stage == Stage::Asleep || (self.stage == Stage::Awake && entry.pos <= self.pos) {
            return;
        }
        self.waiting.insert(entry.pos, entry);
        if self.limits.log && self.waiting.len() > self.limits.replay {
            // The log has it.
            self.waiting.pop_last();
        }
        self.advance(live);
    }

    /// Tells of what waits, as far as nothing is missing.
    fn advance(&mut self, live: &Arc<Live>) {
        if self.stage != Stage::Awake {
            return;
        }
        while self.following.is_none()
            && let Some(next) = self.waiting.first_entry()
        {
            let pos = *next.key();
            if pos <= self.pos {
                next.remove();
                continue;
            }
            if pos > self.pos + 1 && pos > self.known {
                self.ask_for_more(pos, live);
                break;
            }
            let entry = next.remove();
            let asked = Asked::of(&self.router, &entry);
            if asked.is_empty() {
                self.route(&entry, Vec::new(), live);
            } else {
                live.work(Work::Follow {
                    entry: Arc::clone(&entry),
                    asked,
                });
                self.following = Some((entry, Vec::new()));
            }
        }
    }

    /// Something before this position is missing.
    fn ask_for_more(&mut self, upto: u64, live: &Arc<Live>) {
        if !mem::replace(&mut self.filling, true) {
            live.work(Work::Fill {
                after: self.pos,
                upto,
            });
        }
    }

    fn fill(&mut self, filled: Filled, live: &Arc<Live>) {
        self.filling = false;
        match filled {
            Filled::Upto(known, entries) => {
                let entries = entries.into_iter().filter(|entry| entry.pos > self.pos);
                self.waiting.extend(entries.map(|entry| (entry.pos, entry)));
                self.known = self.known.max(known);
                self.advance(live);
            }
            Filled::Later => {}
            Filled::Gone => {
                // They are told where the log stands, as soon as that is known.
                self.joined = 0;
                for members in &mut self.groups {
                    let members = members.members.drain();
                    self.parked.extend(members.filter_map(|(_, it)| {
                        Some(Command::Join {
                            ticket: it.ticket.upgrade()?,
                            subscriber: it.subscriber,
                            from: 0,
                        })
                    }));
                }
                self.life += 1;
                self.stage = Stage::Waking;
                self.waiting.clear();
                self.following = None;
                live.work(Work::Head);
            }
        }
    }

    fn followed(&mut self, pos: u64, told: Vec<Told>, live: &Arc<Live>) {
        let Some((entry, mut known)) = self.following.take_if(|(entry, _)| entry.pos == pos) else {
            return;
        };
        known.extend(told);
        // Somebody may have opened another such group meanwhile.
        let asked = Asked::of(&self.router, &entry).without(&known);
        if asked.is_empty() {
            self.route(&entry, known, live);
            self.advance(live);
        } else {
            live.work(Work::Follow {
                entry: Arc::clone(&entry),
                asked,
            });
            self.following = Some((entry, known));
        }
    }

    /// Tells of one transaction everybody whom it concerns: those whose views ask about parents, `followed`, and all others.
    fn route(&mut self, entry: &Arc<Committed>, followed: Vec<Told>, live: &Arc<Live>) {
        // Groups that have gone meanwhile may have left their places to others.
        let is_there = |told: &Told| {
            let group = self.router.group(told.group);
            group.is_some_and(|group| Arc::ptr_eq(&group.view, &told.view))
        };
        let followed = followed.into_iter().filter(is_there);
        let mut told: BTreeMap<_, _> = followed.map(|told| (told.group, told.items)).collect();
        let mut deliveries = Vec::new();
        for change in &entry.changes {
            deliveries.clear();
            self.router.route(change, &mut deliveries);
            for delivery in &deliveries {
                let items = told.entry(delivery.group).or_insert_with(|| Ok(Vec::new()));
                if let Ok(items) = items {
                    items.push(Item::of(change, delivery.event));
                }
            }
        }
        for (id, items) in told {
            if !items.as_ref().is_ok_and(Vec::is_empty) {
                self.deliver(id, entry.pos, items);
            }
        }
        self.pos = entry.pos;
        self.known = self.known.max(entry.pos);
        self.ring.append(Arc::clone(entry));
        live.reached(entry.pos);
    }

    /// Tells a group what a transaction is to it.
    fn deliver(&mut self, id: GroupId, pos: u64, items: Result<Vec<Item>, Reason>) {
        let (Some(group), Some(members)) = (self.router.group(id), self.groups.get_mut(id)) else {
            return;
        };
        let items = match items {
            Ok(items) if items.len() > self.limits.push => Err(Reason::TooLarge),
            items => items,
        };
        let prev = mem::replace(&mut members.prev, pos);
        members.looked = None;
        match items {
            Ok(items) => {
                let push = Arc::new(Push::new(&group.view, pos, prev, items));
                for (id, member) in &members.members {
                    if pos > member.from {
                        member.subscriber.push(*id, &push);
                    }
                }
                if let Some(told) = &members.told {
                    told.increment(members.members.len() as u64);
                }
            }
            Err(reason) => {
                for member in members.members.values() {
                    member.subscriber.reset(&group.view, reason, pos);
                }
            }
        }
    }
}
