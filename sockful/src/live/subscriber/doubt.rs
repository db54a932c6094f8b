//! What somebody may read has become uncertain: it is told nothing until that is found out, and then what it has missed.

use std::mem;
use std::sync::Arc;

use super::state::{Reason, Source};
use super::{Held, Read, Subscriber};
use crate::identity::Caller;
use crate::live::keep_joined;
use crate::live::push::Push;
use crate::live::subject::Subject;
use crate::live::ticket::Ticket;

/// For which ticket something was found out, and in which doubt: where that is no longer so, it may not be true any more.
#[derive(Clone, Copy)]
pub(in crate::live) struct Found<'a> {
    pub(in crate::live) ticket: &'a Ticket,
    pub(in crate::live) doubts: u64,
}

impl Subscriber {
    /// It is on behalf of somebody else from now on.
    pub(crate) fn change(self: &Arc<Self>, caller: Caller) {
        if let Some(user) = caller.user() {
            user.told(self);
        }
        let mut state = self.state();
        let before = mem::replace(&mut state.caller, caller);
        state.changes += 1;
        let begins = state.begin_doubt(self.position());
        drop(state);
        // The same user may have logged in anew.
        let user = before.user().filter(|user| {
            let now = self.caller();
            now.user().is_none_or(|now| !Arc::ptr_eq(now, user))
        });
        if let Some(user) = user {
            user.untold(self);
        }
        drop(before);
        if begins {
            self.find_out();
        }
        // Somebody else may be told of more without asking.
        if let Some(app) = self.app().filter(|app| app.live().joins()) {
            let (subscriber, of) = (Arc::clone(self), app.clone());
            app.spawn(async move { keep_joined(&of, &subscriber, false).await });
        }
    }

    /// Notes that what it may read has become uncertain: it is told nothing until that is found out.
    pub(crate) fn doubt(self: &Arc<Self>) {
        let mut state = self.state();
        let begins = state.begin_doubt(self.position());
        drop(state);
        if begins {
            self.find_out();
        }
    }

    /// The same because the facts were too old and were loaded anew. Whoever finds out already does so by facts that are not.
    pub(crate) fn renew(self: &Arc<Self>) {
        if self.state().uncertain.is_none() {
            self.doubt();
        }
    }

    /// The position up to which everybody has been told at least.
    pub(in crate::live) fn position(&self) -> u64 {
        let app = self.app();
        app.and_then(|app| app.live().position())
            .unwrap_or_default()
    }

    /// How often that has been noted.
    pub(in crate::live) fn doubts(&self) -> u64 {
        self.state().uncertain.unwrap_or_default()
    }

    /// It has been answered records of a resource that it is told all of. Where its rights have changed since these were decided it
    /// reads them anew: what was told of that change came before them.
    pub(crate) fn has_read(&self, read: Read) {
        let pos = self.position();
        let mut state = self.state();
        if state.closed || state.standing() == read.standing {
            return;
        }
        state.reset(&Subject::All(read.resource), Reason::Policy, pos);
        drop(state);
        self.wake();
    }

    /// Puts something else in the place of what it was told about by this ticket, and tells it what is different.
    pub(in crate::live) fn replace(&self, found: Found<'_>, held: Held, push: Option<Arc<Push>>) {
        let mut state = self.state();
        let Some(known) = state.found(found) else {
            return;
        };
        let last = known.last;
        let before = mem::replace(known, held);
        let mut left = Vec::new();
        match push {
            Some(push) => left = state.enqueue(push, self.most, Source::Missed),
            // What it was last told is what it was told before.
            None => state.found(found).into_iter().for_each(|it| it.last = last),
        }
        drop(state);
        drop((before, left));
    }

    /// Puts something else in the place of what it was told about by this ticket, of which it has to read everything anew.
    pub(in crate::live) fn begin_anew(&self, found: Found<'_>, held: Held, reason: Reason) {
        let (subject, pos) = (&found.ticket.view().subject, held.known);
        let mut state = self.state();
        let Some(known) = state.found(found) else {
            return;
        };
        let before = mem::replace(known, held);
        let ended = state.reset(subject, reason, pos);
        drop(state);
        drop((before, ended));
    }

    /// Ends what it was told about by this ticket, whatever that is.
    pub(in crate::live) fn end(&self, found: Found<'_>, reason: Reason, pos: u64) {
        let subject = &found.ticket.view().subject;
        let mut state = self.state();
        if state.found(found).is_none() {
            return;
        }
        let ended = state.end(subject, reason, pos);
        drop(state);
        drop(ended);
    }

    /// Ends whatever it was told about: what it may read cannot be found out.
    pub(in crate::live) fn abandon(&self, reason: Reason) {
        let pos = self.position();
        let mut state = self.state();
        let subjects: Vec<_> = state.held.keys().cloned().collect();
        let ended: Vec<_> = subjects
            .iter()
            .map(|subject| state.end(subject, reason, pos))
            .collect();
        state.uncertain = None;
        drop(state);
        drop(ended);
        self.settled.notify_waiters();
        self.wake();
    }

    /// Goes on, unless it has become uncertain again; then `false`.
    pub(in crate::live) fn end_doubt(self: &Arc<Self>, doubts: u64) -> bool {
        let mut state = self.state();
        if state.closed || state.uncertain != Some(doubts) {
            return state.closed;
        }
        state.uncertain = None;
        let held = state.held.values();
        let tickets: Vec<_> = held.map(|held| Arc::clone(&held.ticket)).collect();
        drop(state);
        for ticket in tickets {
            // It is told what it was not told meanwhile.
            ticket.join(self);
        }
        self.settled.notify_waiters();
        self.wake();
        true
    }
}
