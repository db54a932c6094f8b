//! Somebody who has joined is told first what it had missed, and then what has happened meanwhile.

use std::sync::Arc;

use super::Subscriber;
use crate::app::App;
use crate::live::missed::missed;
use crate::live::ticket::Ticket;

impl Subscriber {
    /// It has joined what goes on from this position. Answers the position up to which it knows everything; `None` if it does not
    /// want to be told any more.
    pub(in crate::live) fn joins(&self, ticket: &Ticket, pos: u64) -> Option<u64> {
        let mut state = self.state();
        if state.closed || state.uncertain.is_some() {
            return None;
        }
        let held = state.this(&ticket.view().subject, ticket.member())?;
        held.join(pos);
        let known = held.known;
        drop(state);
        if known >= pos {
            self.settled.notify_waiters();
        }
        Some(known)
    }

    /// Tells it what it has missed.
    pub(in crate::live) async fn catch_up(self: &Arc<Self>, app: &App, ticket: &Ticket) {
        let (subject, member) = (&ticket.view().subject, ticket.member());
        let from = self.state().this(subject, member).map(|held| held.span());
        let Some((known, last)) = from else {
            return;
        };
        let missed = missed(app, ticket, known, last).await;
        let mut state = self.state();
        if state.closed || state.uncertain.is_some() {
            return;
        }
        if state.is_over(self.grace).is_some() {
            drop(state);
            self.doubt();
            return;
        }
        let left = match missed {
            Ok(replay) => state.tell_missed(ticket, &replay, self.most),
            Err(reason) => {
                // What is told without being asked for goes on.
                let pos = app.live().position().unwrap_or_default();
                state.give_up(ticket, reason, pos, self.most)
            }
        };
        drop(state);
        drop(left);
        self.settled.notify_waiters();
        self.wake();
    }
}
