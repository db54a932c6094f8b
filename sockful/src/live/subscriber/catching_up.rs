//! Somebody who has joined is told first what it had missed, and then what has happened meanwhile.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::{Reason, Subscriber};
use crate::app::App;
use crate::error::Error;
use crate::live::missed::missed;
use crate::live::ticket::Ticket;

impl Subscriber {
    /// Another life of the log has begun, and stands at this position: nobody knows what it has missed. Of what is told without being
    /// asked for it is told on.
    pub(in crate::live) fn begin_life(&self, ticket: &Ticket, pos: u64) {
        let subject = &ticket.view().subject;
        let mut state = self.state();
        let Some(held) = state.this(subject, ticket.member()) else {
            return;
        };
        held.forget();
        let ended = state.reset(subject, Reason::Log, pos);
        drop(state);
        drop(ended);
        self.settled.notify_waiters();
        self.wake();
    }

    /// It has joined what goes on from this position. Answers the position up to which it knows everything, and that of what it was
    /// last told; `None` if it does not want to be told any more.
    pub(in crate::live) fn joins(&self, ticket: &Ticket, pos: u64) -> Option<(u64, u64)> {
        let mut state = self.state();
        if state.closed || state.uncertain.is_some() {
            return None;
        }
        let held = state.this(&ticket.view().subject, ticket.member())?;
        held.join(pos);
        let (known, last) = held.span();
        drop(state);
        if known >= pos {
            self.settled.notify_waiters();
        }
        Some((known, last))
    }

    /// Tells it what it has missed.
    pub(in crate::live) async fn catch_up(self: &Arc<Self>, app: &App, ticket: &Ticket) {
        let (subject, member) = (&ticket.view().subject, ticket.member());
        let from = self.state().this(subject, member).map(|held| held.span());
        let Some((known, last)) = from else {
            return;
        };
        let missed = AssertUnwindSafe(missed(app, ticket, known, last));
        let missed = missed.catch_unwind().await.unwrap_or_else(|panic| {
            let error = Error::panicked(&*panic);
            tracing::error!(?error, "nobody knows what somebody has missed");
            Err(Reason::Unavailable)
        });
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
            Err(reason) => state.give_up(ticket, reason, self.position(), self.most),
        };
        drop(state);
        drop(left);
        self.settled.notify_waiters();
        self.wake();
    }
}
