//! What one who is told has asked for, and what waits to be told.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use foldhash::quality::RandomState;
use serde_json::json;
use tokio::time::Instant;

use super::{Held, Standing, Told};
use crate::identity::Caller;
use crate::live::push::Push;
use crate::live::subject::Subject;
use crate::meters;
use crate::protocol::{Notice, write_id};

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
    pub(super) queue: VecDeque<Told>,
    pub(super) bytes: usize,
    pub(super) overflown: Option<Instant>,
    /// It does not keep up.
    pub(super) is_slow: bool,
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

    /// Notes that what it may read has become uncertain. Returns whether somebody has to begin to find out.
    pub(super) fn begin_doubt(&mut self) -> bool {
        if self.closed || self.held.is_empty() {
            return false;
        }
        let before = self.uncertain;
        self.uncertain = Some(before.map_or(1, |times| times + 1));
        before.is_none()
    }

    /// Has it told of a change, and lets go of what that ends. `most` bytes may wait.
    pub(super) fn tell_of(&mut self, push: Arc<Push>, most: usize) -> Vec<Held> {
        let pos = push.pos;
        let mut left = Vec::new();
        let is_record = matches!(push.view.subject, Subject::Record(..));
        if is_record && push.items.iter().any(|item| item.gone) {
            left.extend(self.release(&push.view.subject));
        }
        self.bytes += push.size();
        self.queue.push_back(Told::Push(push));
        if self.bytes > most {
            left.extend(self.overflow(pos));
        }
        left
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
        let told = match subject {
            Subject::Watch(id) => {
                let resource = self.held.get(subject)?.question.schema.name;
                json!({ "watch": &**id, "resource": resource, "reason": reason.name() })
            }
            Subject::All(resource) => json!({ "resource": resource, "reason": reason.name() }),
            Subject::Record(resource, id) => {
                let mut text = String::new();
                write_id(&self.held.get(subject)?.question.schema, id, &mut text);
                let record: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                let id = record.as_object().and_then(|it| it.values().next());
                json!({ "resource": resource, "id": id, "reason": reason.name() })
            }
        };
        self.tell_reset(&told, reason, pos);
        match subject {
            Subject::All(_) => {
                if let Some(held) = self.held.get_mut(subject) {
                    held.last = pos;
                }
                None
            }
            Subject::Watch(_) | Subject::Record(..) => self.release(subject),
        }
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
    }

    /// Lets go of the changes that wait, and says so.
    pub(super) fn overflow(&mut self, pos: u64) -> Vec<Held> {
        let now = Instant::now();
        let before = self.overflown.replace(now);
        self.is_slow |= before.is_some_and(|before| now - before < AGAIN);
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
