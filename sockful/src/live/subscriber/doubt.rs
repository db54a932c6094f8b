//! What somebody may read has become uncertain: it is told nothing until that is found out, and then what it has missed.

use std::mem;
use std::sync::Arc;

use super::state::Reason;
use super::{Held, Subscriber};
use crate::identity::Caller;
use crate::live::push::Push;

impl Subscriber {
    /// It is on behalf of somebody else from now on.
    pub(crate) fn change(self: &Arc<Self>, caller: Caller) {
        if let Some(user) = caller.user() {
            user.told(self);
        }
        let mut state = self.state();
        let before = mem::replace(&mut state.caller, caller);
        state.changes += 1;
        let begins = state.begin_doubt();
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
    }

    /// Notes that what it may read has become uncertain: it is told nothing until that is found out.
    pub(crate) fn doubt(self: &Arc<Self>) {
        let begins = self.state().begin_doubt();
        if begins {
            self.find_out();
        }
    }

    /// How often that has been noted.
    pub(in crate::live) fn doubts(&self) -> u64 {
        self.state().uncertain.unwrap_or_default()
    }

    /// Puts something else in the place of what it was told about, and tells it what is different.
    pub(in crate::live) fn replace(&self, held: Held, push: Arc<Push>) {
        let subject = held.question.subject.clone();
        let mut state = self.state();
        // It may have left, or have begun anew, while that was found out.
        let known = state.held.get_mut(&subject);
        let Some(known) = known.filter(|known| known.last <= held.last) else {
            return;
        };
        let before = mem::replace(known, held);
        let left = state.tell_of(push, self.most);
        drop(state);
        drop((before, left));
    }

    /// Puts something else in the place of what it was told about, of which it has to read everything anew.
    pub(in crate::live) fn begin_anew(&self, held: Held, reason: Reason) {
        let (subject, pos) = (held.question.subject.clone(), held.last);
        let mut state = self.state();
        if state.closed {
            drop(state);
            return;
        }
        let before = state.held.insert(subject.clone(), held);
        let ended = state.reset(&subject, reason, pos);
        drop(state);
        drop((before, ended));
    }

    /// Goes on, unless it has become uncertain again; then `false`.
    pub(in crate::live) fn end_doubt(self: &Arc<Self>, doubts: u64) -> bool {
        let mut state = self.state();
        if state.closed || state.uncertain != Some(doubts) {
            return state.closed;
        }
        state.uncertain = None;
        state.held.values_mut().for_each(|held| held.joined = false);
        let held: Vec<_> = state.held.values().cloned().collect();
        drop(state);
        for held in held {
            // What it was not told meanwhile.
            held.ticket.join(self, held.last);
        }
        self.settled.notify_waiters();
        self.wake();
        true
    }
}
