//! What somebody may read has become uncertain: it is told nothing until that is found out, and then what it has missed.

use std::mem;
use std::sync::Arc;

use super::state::{Reason, Source};
use super::{Held, Subscriber};
use crate::identity::Caller;
use crate::live::keep_joined;
use crate::live::push::Push;
use crate::live::ticket::Ticket;

impl Subscriber {
    /// It is on behalf of somebody else from now on.
    pub(crate) fn change(self: &Arc<Self>, caller: Caller) {
        if let Some(user) = caller.user() {
            user.told(self);
        }
        let told = self.told();
        let mut state = self.state();
        let before = mem::replace(&mut state.caller, caller);
        state.changes += 1;
        let begins = state.begin_doubt(told);
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
        let told = self.told();
        let begins = self.state().begin_doubt(told);
        if begins {
            self.find_out();
        }
    }

    /// The position up to which everybody has been told, before anything else is known.
    pub(in crate::live) fn told(&self) -> u64 {
        let app = self.app();
        app.and_then(|app| app.live().position())
            .unwrap_or_default()
    }

    /// How often that has been noted.
    pub(in crate::live) fn doubts(&self) -> u64 {
        self.state().uncertain.unwrap_or_default()
    }

    /// Puts something else in the place of what it was told about by this ticket, and tells it what is different.
    pub(in crate::live) fn replace(&self, ticket: &Ticket, held: Held, push: Arc<Push>) {
        let mut state = self.state();
        // It may have left, or have begun anew, while that was found out.
        let Some(known) = state.this(&ticket.view().subject, ticket.member()) else {
            return;
        };
        let before = mem::replace(known, held);
        let left = state.enqueue(push, self.most, Source::Missed);
        drop(state);
        drop((before, left));
    }

    /// Puts something else in the place of what it was told about by this ticket, of which it has to read everything anew.
    pub(in crate::live) fn begin_anew(&self, ticket: &Ticket, held: Held, reason: Reason) {
        let (subject, pos) = (&ticket.view().subject, held.known);
        let mut state = self.state();
        let Some(known) = state.this(subject, ticket.member()) else {
            return;
        };
        let before = mem::replace(known, held);
        let ended = state.reset(subject, reason, pos);
        drop(state);
        drop((before, ended));
    }

    /// Ends what it was told about by this ticket, whatever that is.
    pub(in crate::live) fn end(&self, ticket: &Ticket, reason: Reason, pos: u64) {
        let subject = &ticket.view().subject;
        let mut state = self.state();
        if state.this(subject, ticket.member()).is_none() {
            return;
        }
        let ended = state.end(subject, reason, pos);
        drop(state);
        drop(ended);
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
