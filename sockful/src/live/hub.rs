//! The one place where committed transactions take their order, and where it is known who is told of them.
//!
//! A hub does no I/O and waits for nothing: what it has to know of the store it asks for by [`Work`], and is told by a
//! [`Command`] like any other. Whoever has a command runs it, unless somebody else is running one: `live.rs` sees to that.

mod command;
mod members;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Weak};

use foldhash::quality::RandomState;
use metrics::{Counter, Gauge};

pub(super) use self::command::{Command, Filled, Known, MemberId, Told};
use super::follow::Asked;
use super::missed::Memo;
use super::push::Item;
use super::ring::Ring;
use super::router::Router;
use super::subscriber::Subscriber;
use super::texts::Texts;
use super::work::{Ask, Work};
use super::{Live, Ticket};
use crate::meters;
use crate::store::Committed;

/// Who is told what, and how far everybody has been told.
pub(super) struct Hub {
    stage: Stage,
    /// The position up to which everything has been told.
    pos: u64,
    /// The position up to which nothing is missing among those that wait.
    known: u64,
    /// The position that the log has reached at least, for what nobody tells of.
    head: u64,
    /// Transactions that wait for those before them.
    waiting: BTreeMap<u64, Arc<Committed>>,
    /// Where the store keeps no log: positions that came not in time, the newest at the end.
    passed: VecDeque<Range<u64>>,
    router: Router,
    groups: Vec<Members>,
    /// Those who join once it is known where the log stands.
    parked: Vec<Command>,
    filling: bool,
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
    /// The position of the last push, or an earlier one.
    prev: u64,
    members: HashMap<MemberId, Member, RandomState>,
    /// Counts what they are told.
    told: Option<Counter>,
    /// What was last told anew.
    memo: Arc<Memo>,
}

struct Member {
    subscriber: Arc<Subscriber>,
    ticket: Weak<Ticket>,
}

/// So many positions that came not in time are remembered.
const PASSED: usize = 1_024;

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
            known: 0,
            head: 0,
            waiting: BTreeMap::new(),
            passed: VecDeque::new(),
            router: Router::default(),
            groups: Vec::new(),
            parked: Vec::new(),
            filling: false,
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

    pub(super) fn run(&mut self, command: Command, live: &Arc<Live>) {
        match command {
            Command::Entry(entry) => self.arrive(entry, live),
            Command::Open { view, reply } => self.open(view, reply, live),
            Command::Join { ticket, subscriber } => self.join(ticket, subscriber, live),
            Command::Close { group, member } => self.close(group, member),
            // Whatever was found out of a life that has ended says nothing.
            Command::Known(life, known) if life == live.progress.life() => self.learn(known, live),
            Command::Known(..) => {}
            Command::Tell {
                schema,
                row,
                asking,
                tell,
            } => self.tell(&schema, &row, &asking, &tell),
            Command::Asking { schema, row, reply } => {
                let asking = self.router.asking(&schema, &row);
                // Nobody may wait for it any more.
                let _ = reply.send(asking.map(|(_, view)| Arc::clone(view)).collect());
            }
            Command::Wake => self.wake(live),
            Command::Sleep => self.sleep(live),
        }
    }

    fn learn(&mut self, known: Known, live: &Arc<Live>) {
        if self.stage == Stage::Asleep {
            return;
        }
        match known {
            Known::Head(head) => self.begin(head, live),
            Known::Further(head) => {
                self.head = self.head.max(head);
                self.advance(live);
            }
            Known::Filled(filled) => self.fill(filled, live),
            Known::Followed { pos, told } => self.followed(pos, told, live),
        }
    }

    /// Takes part in what happens from now on.
    pub(super) fn wake(&mut self, live: &Arc<Live>) {
        if self.stage == Stage::Asleep {
            self.stage = Stage::Waking;
            live.wakes();
            self.ask(Ask::Head, live);
        }
    }

    fn sleep(&mut self, live: &Arc<Live>) {
        let is_idle = self.router.len() == 0 && self.parked.is_empty();
        if self.stage == Stage::Awake && self.limits.log && is_idle {
            self.lose_sight(live);
            self.stage = Stage::Asleep;
            live.sleeps();
        }
    }

    /// From now on it is not known where the log stands: what was asked for says nothing.
    fn lose_sight(&mut self, live: &Arc<Live>) {
        self.waiting.clear();
        self.filling = false;
        self.following = None;
        live.progress.lose();
    }

    fn begin(&mut self, head: Option<u64>, live: &Arc<Live>) {
        if self.stage != Stage::Waking {
            return;
        }
        let Some(head) = head else {
            self.ask(Ask::Head, live);
            return;
        };
        self.stage = Stage::Awake;
        (self.pos, self.known, self.head) = (head, head, head);
        for members in &mut self.groups {
            // Of another life of the log, perhaps.
            members.prev = members.prev.min(head);
        }
        live.progress
            .begin(Ring::new(live.progress.life(), head, self.limits.replay));
        self.advance(live);
        for command in mem::take(&mut self.parked) {
            self.run(command, live);
        }
    }

    fn arrive(&mut self, entry: Arc<Committed>, live: &Arc<Live>) {
        if self.stage == Stage::Asleep {
            return;
        }
        if self.stage == Stage::Awake && entry.pos <= self.pos {
            if self.passed.iter().any(|it| it.contains(&entry.pos)) {
                // Others were told of what came after it.
                self.begin_anew(live);
            }
            return;
        }
        self.waiting.insert(entry.pos, entry);
        if self.limits.log && self.waiting.len() > self.limits.replay {
            // The log has it.
            if let Some((pos, _)) = self.waiting.pop_last() {
                self.head = self.head.max(pos);
            }
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
                self.ask_for_more(live);
                return;
            }
            let entry = next.remove();
            let asked = Asked::of(&self.router, &entry);
            if asked.is_empty() {
                self.route(&entry, Vec::new(), live);
            } else {
                self.follow(entry, asked, Vec::new(), live);
            }
        }
        if self.following.is_none() && self.head > self.pos {
            self.ask_for_more(live);
        }
    }

    /// Something before what waits is missing.
    fn ask_for_more(&mut self, live: &Arc<Live>) {
        if !mem::replace(&mut self.filling, true) {
            self.ask(Ask::Fill { after: self.pos }, live);
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
            Filled::Passed { after } => {
                // Others may be missing by now.
                if after == self.pos
                    && let Some((next, _)) = self.waiting.first_key_value()
                {
                    self.passed.push_back(self.pos + 1..*next);
                    if self.passed.len() > PASSED {
                        self.passed.pop_front();
                    }
                    self.known = self.known.max(*next);
                }
                self.advance(live);
            }
            Filled::Later => {}
            Filled::Gone => self.begin_anew(live),
        }
    }

    /// Nobody knows what has happened since: everybody is told so, as soon as it is known where the log stands.
    fn begin_anew(&mut self, live: &Arc<Live>) {
        self.joined = 0;
        for members in &mut self.groups {
            let members = members.members.drain();
            self.parked.extend(members.filter_map(|(_, it)| {
                Some(Command::Join {
                    ticket: it.ticket.upgrade()?,
                    subscriber: it.subscriber,
                })
            }));
        }
        self.lose_sight(live);
        self.stage = Stage::Waking;
        if self.limits.log {
            self.ask(Ask::Head, live);
        } else {
            self.passed.clear();
            self.begin(Some(self.pos), live);
        }
    }

    fn ask(&self, ask: Ask, live: &Arc<Live>) {
        let life = live.progress.life();
        live.work(Work::Ask { life, ask });
    }

    fn follow(&mut self, entry: Arc<Committed>, asked: Asked, known: Vec<Told>, live: &Arc<Live>) {
        let of = Arc::clone(&entry);
        self.ask(Ask::Follow { entry: of, asked }, live);
        self.following = Some((entry, known));
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
            self.follow(entry, asked, known, live);
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
            let texts = Texts::among(deliveries.len());
            for delivery in &deliveries {
                let items = told.entry(delivery.group).or_insert_with(|| Ok(Vec::new()));
                if let Ok(items) = items {
                    items.push(Item::of(change, delivery.event).sharing(&texts));
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
        live.progress.reach(entry);
    }
}
