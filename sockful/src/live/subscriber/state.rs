//! What one who is told has asked for, and what waits to be told.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use foldhash::quality::RandomState;
use serde_json::json;
use tokio::time::Instant;

use super::held::Stage;
use super::{Found, Held, Standing, Told};
use crate::identity::Caller;
use crate::live::hub::MemberId;
use crate::live::missed::Replay;
use crate::live::push::Push;
use crate::live::subject::Subject;
use crate::live::ticket::Ticket;
use crate::meters;
use crate::protocol::{Notice, write_id};
use crate::row::Value;
use crate::schema::Schema;

/// Whoever overflows twice within this time does not keep up.
const AGAIN: Duration = Duration::from_secs(60);

pub(super) struct State {
    pub(super) caller: Caller,
    /// How often that has changed.
    pub(super) changes: u64,
    /// It has gone: it is told nothing any more, and asks for nothing.
    pub(super) closed: bool,
    /// How often what it may read has become uncertain; `None` while it is known. Until then it is told nothing.
    pub(super) uncertain: Option<u64>,
    pub(super) held: HashMap<Subject, Held, RandomState>,
    /// How many of these are records.
    pub(super) records: usize,
    /// For how many more watches, and for how many more records, places are kept.
    pub(super) claimed: [usize; 2],
    /// How many of these every change is held against.
    pub(super) scans: usize,
    /// The position of what was last told of the records of a resource that it holds.
    pub(super) told: HashMap<&'static str, u64, RandomState>,
    pub(super) queue: VecDeque<Told>,
    /// How many bytes of pushes it has.
    pub(super) bytes: usize,
    /// How often it says that something has ended.
    pub(super) notices: usize,
    pub(super) overflown: Option<Instant>,
    /// It does not keep up.
    pub(super) is_slow: bool,
}

/// So often may what waits say that something has ended.
const NOTICES: usize = 4_096;

/// Whether somebody is told of what happens now, or of what it has missed: that is no fault of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Now,
    Missed,
}

/// Why somebody is told no more of what was watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// More waited than may.
    Overflow,
    /// One transaction has changed more than is told at once.
    TooLarge,
    /// The log does not reach back so far.
    Log,
    /// What may be read has changed by more than is told at once, or by what nobody can tell.
    Policy,
    /// The login has ended.
    TokenExpired,
    /// What may be read cannot be found out now.
    Unavailable,
}

impl Reason {
    fn name(self) -> &'static str {
        match self {
            Self::Overflow => "overflow",
            Self::TooLarge => "too_large",
            Self::Log => "log",
            Self::Policy => "policy",
            Self::TokenExpired => "token_expired",
            Self::Unavailable => "unavailable",
        }
    }
}

impl State {
    /// On whose behalf it is, to be compared.
    pub(super) fn standing(&self) -> Standing {
        Standing {
            changes: self.changes,
            version: self.caller.user().map_or(0, |user| user.version()),
        }
    }

    /// Why nothing may be told any more.
    pub(super) fn is_over(&self, grace: Duration) -> Option<Reason> {
        let expiry = self.caller.expiry();
        if expiry.is_some_and(|expiry| expiry.is_past_by(grace)) {
            return Some(Reason::TokenExpired);
        }
        let user = self.caller.user();
        user.is_some_and(|user| user.is_revoked())
            .then_some(Reason::Policy)
    }

    /// Notes that what it may read has become uncertain, when everybody had been told up to this position. Returns whether somebody
    /// has to begin to find out.
    pub(super) fn begin_doubt(&mut self, told: u64) -> bool {
        if self.closed || self.held.is_empty() {
            return false;
        }
        let before = self.uncertain;
        self.uncertain = Some(before.map_or(1, |times| times + 1));
        self.held.values_mut().for_each(|it| it.interrupt(told));
        before.is_none()
    }

    /// What it is told by this member of a group.
    pub(super) fn this(&mut self, subject: &Subject, member: MemberId) -> Option<&mut Held> {
        let held = self.held.get_mut(subject);
        held.filter(|held| held.ticket.member() == member)
    }

    /// The same, as long as nothing has become uncertain since that was found out.
    pub(super) fn found(&mut self, found: Found<'_>) -> Option<&mut Held> {
        let is_certain = self.uncertain == Some(found.doubts);
        let ticket = found.ticket;
        let held = is_certain.then(|| self.this(&ticket.view().subject, ticket.member()));
        held.flatten()
    }

    /// Whether it is told of everything that it wants to be told of.
    pub(super) fn is_joined(&self) -> bool {
        self.held.values().all(Held::is_joined)
    }

    /// Has it told of what happens now, and lets go of what that ends; `None` if it is not told. `most` bytes may wait.
    pub(super) fn tell_now(
        &mut self,
        member: MemberId,
        push: &Arc<Push>,
        most: usize,
    ) -> Option<Vec<Held>> {
        let held = self.this(&push.view.subject, member)?;
        if push.pos <= held.known {
            return None;
        }
        match &mut held.stage {
            Stage::Joining => None,
            Stage::CatchingUp { pushes, bytes, .. } => {
                *bytes += push.size();
                pushes.push(Arc::clone(push));
                let bytes: usize = self.held.values().map(Held::bytes).sum();
                let ends = bytes > most;
                let ended =
                    ends.then(|| self.reset(&push.view.subject, Reason::Overflow, push.pos));
                Some(ended.flatten().into_iter().collect())
            }
            Stage::Joined => {
                (held.last, held.known) = (push.pos, push.pos);
                Some(self.enqueue(Arc::clone(push), most, Source::Now))
            }
        }
    }

    /// Has it told of what it had missed, and then of what has happened since it has joined.
    pub(super) fn tell_missed(
        &mut self,
        ticket: &Ticket,
        replay: &Replay,
        most: usize,
    ) -> Vec<Held> {
        let (subject, member) = (&ticket.view().subject, ticket.member());
        let Some(held) = self.this(subject, member) else {
            return Vec::new();
        };
        let later = match &held.stage {
            // It joins behind that.
            Stage::Joining => Vec::new(),
            Stage::CatchingUp { .. } => match held.caught_up(replay.pos) {
                Some(pushes) => pushes,
                None => return Vec::new(),
            },
            Stage::Joined => return Vec::new(),
        };
        let missed = replay.pushes.iter().map(|push| (push, Source::Missed));
        let later = later.iter().map(|push| (push, Source::Now));
        let mut left = Vec::new();
        for (push, source) in missed.chain(later) {
            if source == Source::Now {
                self.knows(subject, member, replay.pos);
            }
            // What was told may have ended it.
            let Some(held) = self.this(subject, member) else {
                break;
            };
            if push.pos > held.known {
                (held.last, held.known) = (push.pos, push.pos);
                left.extend(self.enqueue(Arc::clone(push), most, source));
            }
        }
        self.knows(subject, member, replay.pos);
        left
    }

    /// Nobody can tell what it has missed: it is told so, and of what is told without being asked for it is told on.
    pub(super) fn give_up(
        &mut self,
        ticket: &Ticket,
        reason: Reason,
        pos: u64,
        most: usize,
    ) -> Vec<Held> {
        let (subject, member) = (&ticket.view().subject, ticket.member());
        let Some(held) = self.this(subject, member) else {
            return Vec::new();
        };
        let pos = match &held.stage {
            Stage::CatchingUp { upto, .. } => pos.max(*upto),
            Stage::Joining | Stage::Joined => return Vec::new(),
        };
        let mut left: Vec<_> = self.reset(subject, reason, pos).into_iter().collect();
        let nothing = Replay {
            pushes: Arc::default(),
            pos,
        };
        left.extend(self.tell_missed(ticket, &nothing, most));
        left
    }

    /// It knows everything up to this position.
    fn knows(&mut self, subject: &Subject, member: MemberId, pos: u64) {
        if let Some(held) = self.this(subject, member) {
            held.known = held.known.max(pos);
        }
    }

    /// Puts a push behind what waits, and lets go of what that ends.
    pub(super) fn enqueue(&mut self, push: Arc<Push>, most: usize, source: Source) -> Vec<Held> {
        let pos = push.pos;
        let mut left = Vec::new();
        if let Subject::Record(resource, _) = push.view.subject {
            self.told.insert(resource, pos);
            if push.items.iter().any(|item| item.gone) {
                left.extend(self.release(&push.view.subject));
            }
        }
        self.bytes += push.size();
        self.queue.push_back(Told::Push(push));
        if self.bytes > most {
            left.extend(self.overflow(pos, source));
        }
        left
    }

    /// What is told from time to time: how far everybody has been told, and what it was last told itself. `None` where that says
    /// nothing, or is not yet so.
    pub(super) fn beat(&self, pos: u64) -> Option<Notice> {
        if self.held.is_empty() || !self.is_joined() {
            return None;
        }
        let mut watches = serde_json::Map::new();
        let mut resources = serde_json::Map::new();
        for (subject, held) in &self.held {
            match subject {
                Subject::Watch(id) => watches.insert(id.to_string(), json!(held.last)),
                Subject::All(resource) => {
                    resources.insert((*resource).to_owned(), json!(held.last))
                }
                Subject::Record(resource, _) => {
                    let last = self.told.get(resource).copied().unwrap_or_default();
                    resources.insert((*resource).to_owned(), json!(last))
                }
            };
        }
        let told = json!({ "pos": pos, "watches": watches, "resources": resources });
        Some(Notice::new("pos", &told))
    }

    pub(super) fn release(&mut self, subject: &Subject) -> Option<Held> {
        let held = self.held.remove(subject);
        if held.is_some() && matches!(subject, Subject::Record(..)) {
            self.records -= 1;
        }
        held
    }

    /// Ends one thing, or all of what is told without being asked for: that goes on behind it.
    pub(super) fn reset(&mut self, subject: &Subject, reason: Reason, pos: u64) -> Option<Held> {
        let Subject::All(resource) = subject else {
            return self.end(subject, reason, pos);
        };
        let pos = self.held.get_mut(subject)?.begin_behind(pos);
        let told = json!({ "resource": resource, "reason": reason.name() });
        self.tell_reset(&told, reason, pos);
        None
    }

    /// Ends one thing, whatever it is.
    pub(super) fn end(&mut self, subject: &Subject, reason: Reason, pos: u64) -> Option<Held> {
        let held = self.release(subject)?;
        let schema = &held.question.schema;
        let mut told = json!({ "resource": schema.name, "reason": reason.name() });
        match subject {
            Subject::Watch(id) => told["watch"] = json!(&**id),
            Subject::All(_) => told["ended"] = json!(true),
            Subject::Record(resource, id) => {
                told["id"] = id_of(schema, id);
                if reason == Reason::Log {
                    // A position of another life, perhaps.
                    self.told.remove(resource);
                }
            }
        }
        self.tell_reset(&told, reason, pos);
        Some(held)
    }

    /// Ends everything that it has asked for.
    pub(super) fn reset_asked(&mut self, reason: Reason, pos: u64) -> Vec<Held> {
        let mut resources = Vec::new();
        let mut ended = Vec::new();
        let subjects: Vec<_> = self.held.keys().cloned().collect();
        for subject in subjects {
            match &subject {
                Subject::Record(resource, _) => {
                    if !resources.contains(resource) {
                        resources.push(*resource);
                    }
                    ended.extend(self.release(&subject));
                }
                Subject::All(_) => {}
                Subject::Watch(_) => {
                    ended.extend(self.reset(&subject, reason, pos));
                }
            }
        }
        for resource in resources {
            let told = json!({ "resource": resource, "reason": reason.name() });
            self.tell_reset(&told, reason, pos);
        }
        ended
    }

    fn tell_reset(&mut self, told: &serde_json::Value, reason: Reason, pos: u64) {
        meters::reset(reason.name());
        let notice = Notice::at("reset", told, pos);
        self.queue.push_back(Told::Notice(notice));
        self.notices += 1;
        self.is_slow |= self.notices > NOTICES;
    }

    /// Lets go of the changes that wait, and says so.
    fn overflow(&mut self, pos: u64, source: Source) -> Vec<Held> {
        if source == Source::Now {
            let now = Instant::now();
            let before = self.overflown.replace(now);
            self.is_slow |= before.is_some_and(|before| now - before < AGAIN);
        }
        // What else is told is nowhere else to be learnt.
        self.queue.retain(|told| matches!(told, Told::Notice(_)));
        self.bytes = 0;
        let resources = self.held.keys().filter(|it| matches!(it, Subject::All(_)));
        for subject in resources.cloned().collect::<Vec<_>>() {
            self.reset(&subject, Reason::Overflow, pos);
        }
        self.reset_asked(Reason::Overflow, pos)
    }
}

/// An id as clients know it.
fn id_of(schema: &Schema, id: &Value) -> serde_json::Value {
    let mut text = String::new();
    write_id(schema, id, &mut text);
    let record: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let id = record.as_object().and_then(|it| it.values().next());
    id.cloned().unwrap_or_default()
}
