//! One of those who are told: what it has asked for, and what waits to be told to it.

mod catching_up;
mod doubt;
mod held;
mod join;
mod state;
mod told;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time;

pub(super) use self::doubt::Found;
pub(super) use self::held::Held;
pub(crate) use self::join::{Join, Read, Standing};
pub(super) use self::state::Reason;
use self::state::State;
pub(crate) use self::told::Told;
use super::hub::MemberId;
use super::push::Push;
use super::subject::Subject;
use super::tell::Tell;
use crate::app::{App, WeakApp};
use crate::identity::Caller;
use crate::protocol::Notice;

/// Somebody who is told of changes.
pub(crate) struct Subscriber {
    app: WeakApp,
    // Held to look and to change a map or a queue, never while anybody is told anything.
    state: Mutex<State>,
    /// Called when something waits: not while the state is locked.
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Told when it has caught up with something, or knows again what it may read.
    settled: Notify,
    /// How many bytes of pushes may wait.
    most: usize,
    /// How long after its end a login still counts.
    grace: Duration,
}

impl Subscriber {
    pub(crate) fn new(app: &App, caller: Caller) -> Arc<Self> {
        let user = caller.user().cloned();
        let subscriber = Arc::new(Self {
            app: app.downgrade(),
            state: Mutex::new(State {
                caller,
                changes: 0,
                closed: false,
                uncertain: None,
                held: HashMap::default(),
                records: 0,
                claimed: [0; 2],
                scans: 0,
                told: HashMap::default(),
                queue: VecDeque::new(),
                bytes: 0,
                notices: 0,
                overflown: None,
                is_slow: false,
            }),
            wake: OnceLock::new(),
            settled: Notify::new(),
            most: app.config().push_bytes,
            grace: app.config().expiry_grace,
        });
        if let Some(user) = user {
            user.told(&subscriber);
        }
        app.live().add(&subscriber);
        subscriber
    }

    /// Says what is to be called when something waits.
    pub(crate) fn wakes(&self, wake: impl Fn() + Send + Sync + 'static) {
        // There is one who listens.
        let _ = self.wake.set(Box::new(wake));
    }

    /// The next thing to be told, oldest first.
    pub(crate) fn next(&self) -> Option<Told> {
        let mut state = self.state();
        let next = state.queue.pop_front()?;
        match &next {
            Told::Push(push) => state.bytes -= push.size(),
            Told::Notice(notice) if notice.name() == "reset" => state.notices -= 1,
            Told::Notice(_) | Told::Tell(_) => {}
        }
        Some(next)
    }

    /// Until it has gone.
    pub(super) async fn gone(&self) {
        loop {
            let next = self.settled.notified();
            if self.state().closed {
                return;
            }
            next.await;
        }
    }

    /// Whether it does not keep up, so that it must go.
    pub(crate) fn is_slow(&self) -> bool {
        self.state().is_slow
    }

    /// Keeps a place for this, of at most `most` of its kind; `false` if there is none left.
    pub(super) fn claim(&self, subject: &Subject, most: usize) -> bool {
        let mut state = self.state();
        let is_record = matches!(subject, Subject::Record(..));
        let held = match is_record {
            true => state.records,
            false => state.held.len() - state.records,
        };
        let is_held = state.held.contains_key(subject);
        let claimed = &mut state.claimed[usize::from(is_record)];
        let granted = is_held || held + *claimed < most;
        *claimed += usize::from(granted);
        granted
    }

    /// The same for one of those that every change is held against.
    pub(super) fn claim_scan(&self, subject: &Subject, most: usize) -> bool {
        let mut state = self.state();
        let others = state.held.iter().filter(|(other, _)| *other != subject);
        let scanned = others.filter(|(_, held)| held.ticket.is_scanned()).count();
        let granted = scanned + state.scans < most;
        state.scans += usize::from(granted);
        granted
    }

    /// Gives such places back.
    pub(super) fn disclaim(&self, is_record: bool, is_scanned: bool) {
        let mut state = self.state();
        state.claimed[usize::from(is_record)] -= 1;
        state.scans -= usize::from(is_scanned);
    }

    /// Whether it is told about this.
    pub(crate) fn holds(&self, subject: &Subject) -> bool {
        self.state().held.contains_key(subject)
    }

    /// Tells it about something more from now on. Whoever has gone is told nothing.
    pub(crate) fn join(self: &Arc<Self>, join: Join) {
        let Join {
            question,
            ticket,
            from,
            replay,
            standing,
            claim,
        } = join;
        // That of the view, which all share who have it, and by which they are told.
        let subject = ticket.view().subject.clone();
        let held = Held::new(question, ticket, from);
        let ticket = Arc::clone(&held.ticket);
        let mut left = Vec::new();
        let mut state = self.state();
        if state.closed {
            return;
        }
        let is_record = matches!(subject, Subject::Record(..));
        let before = state.held.insert(subject, held);
        if before.is_none() && is_record {
            state.records += 1;
        }
        let is_certain = state.uncertain.is_none();
        let is_stale = state.standing() != standing;
        if let Some(replay) = replay.filter(|_| is_certain && !is_stale) {
            left = state.tell_missed(&ticket, &replay, self.most);
        }
        drop(state);
        drop((before, left, claim));
        if is_stale {
            self.doubt();
        } else if is_certain {
            ticket.join(self);
            self.wake();
        }
    }

    /// Tells it no more about something; `false` if it was not told.
    pub(crate) fn leave(&self, subject: &Subject) -> bool {
        let mut state = self.state();
        let held = state.release(subject);
        drop(state);
        self.settled.notify_waiters();
        held.is_some()
    }

    /// Ends it: from now on it is told nothing.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.records = 0;
        let left = (mem::take(&mut state.held), mem::take(&mut state.queue));
        state.bytes = 0;
        // Whoever keeps it longer shall not keep a user.
        let caller = mem::replace(&mut state.caller, Caller::nobody());
        drop(state);
        drop(left);
        if let Some(user) = caller.user() {
            user.untold(self);
        }
        if let Some(app) = self.app.upgrade() {
            app.live().remove(self);
        }
        self.settled.notify_waiters();
    }

    /// Tells it of a change, as this member of a group; `false` if it is not told.
    pub(super) fn push(self: &Arc<Self>, member: MemberId, push: &Arc<Push>) -> bool {
        let mut state = self.state();
        if state.closed || state.uncertain.is_some() {
            return false;
        }
        if state.is_over(self.grace).is_some() {
            drop(state);
            self.doubt();
            return false;
        }
        let left = state.tell_now(member, push, self.most);
        drop(state);
        let is_told = left.is_some();
        drop(left);
        if is_told {
            self.wake();
        }
        is_told
    }

    /// Until it is told of everything that it wants to be told of, as far as that takes no longer than this.
    pub(crate) async fn settled(&self, most: Duration) {
        if self.is_settled() {
            return;
        }
        let settled = async {
            loop {
                let next = self.settled.notified();
                if self.is_settled() {
                    return;
                }
                next.await;
            }
        };
        // Whoever waits goes on without.
        let _ = time::timeout(most, settled).await;
    }

    fn is_settled(&self) -> bool {
        let state = self.state();
        state.closed || (state.uncertain.is_none() && state.is_joined())
    }

    /// Tells it that it is told no more about something by this member of a group, and why.
    pub(super) fn reset(&self, subject: &Subject, member: MemberId, reason: Reason, pos: u64) {
        let mut state = self.state();
        if state.this(subject, member).is_none() {
            return;
        }
        let ended = state.reset(subject, reason, pos);
        drop(state);
        drop(ended);
        self.settled.notify_waiters();
        self.wake();
    }

    /// The same, if it was to be told of the transaction at this position, of which nobody can tell what it is to it.
    pub(super) fn lose(&self, subject: &Subject, member: MemberId, reason: Reason, pos: u64) {
        let mut state = self.state();
        let is_certain = state.uncertain.is_none();
        let knows = state
            .this(subject, member)
            .is_none_or(|held| held.known >= pos);
        drop(state);
        if is_certain && !knows {
            self.reset(subject, member, reason, pos);
        }
    }

    /// The same of everything that it has asked for.
    pub(super) fn reset_asked(&self, reason: Reason, pos: u64) {
        let mut state = self.state();
        let ended = state.reset_asked(reason, pos);
        drop(state);
        drop(ended);
        self.wake();
    }

    /// Tells it something that is no change, unless something waits already.
    pub(super) fn tell(&self, tell: &Arc<Tell>) {
        let mut state = self.state();
        let is_told = !state.closed && state.uncertain.is_none() && state.queue.is_empty();
        if !is_told || state.is_over(self.grace).is_some() {
            return;
        }
        state.queue.push_back(Told::Tell(Arc::clone(tell)));
        drop(state);
        self.wake();
    }

    /// Tells it how far everybody has been told, and what it was last told itself; looks whether it still may know.
    pub(super) fn beat(self: &Arc<Self>) {
        let Some(app) = self.app.upgrade() else {
            return;
        };
        let Some(pos) = app.live().position() else {
            return;
        };
        if self.check(&app) {
            return;
        }
        let mut state = self.state();
        if state.closed || state.uncertain.is_some() || !state.queue.is_empty() {
            return;
        }
        let Some(beat) = state.beat(pos) else {
            return;
        };
        state.queue.push_back(Told::Notice(beat));
        drop(state);
        self.wake();
    }

    /// Puts a notice behind what waits.
    pub(crate) fn notice(&self, notice: Notice) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        state.queue.push_back(Told::Notice(notice));
        drop(state);
        self.wake();
    }

    /// What it is told about.
    pub(super) fn all_held(&self) -> Vec<Held> {
        self.state().held.values().cloned().collect()
    }

    /// On whose behalf it is.
    pub(crate) fn caller(&self) -> Caller {
        self.state().caller.clone()
    }

    /// The same, to be compared.
    pub(crate) fn standing(&self) -> Standing {
        self.state().standing()
    }

    pub(super) fn app(&self) -> Option<App> {
        self.app.upgrade()
    }

    fn wake(&self) {
        if let Some(wake) = self.wake.get() {
            wake();
        }
    }

    // A panic while the lock is held can only be one of the allocator; what is held stays usable.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").finish_non_exhaustive()
    }
}
