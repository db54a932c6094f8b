//! The users that somebody acts for now.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use foldhash::quality::RandomState;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::facts::Known;
use crate::limits::Following;
use crate::live::Subscriber;
use crate::session::Gauge;

/// So many revocations are remembered for handshakes that have begun before them.
const REMEMBERED: usize = 1_024;

/// The users that somebody acts for now, by their keys. A user is forgotten with the last session, call or context.
#[derive(Debug, Default)]
pub(crate) struct Users {
    // Held for lookups alone, never across an await and never while a user is dropped.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_key: HashMap<Arc<str>, Weak<User>, RandomState>,
    /// How many users have been revoked so far.
    revocations: u64,
    /// The last of them, the newest at the end.
    revoked: VecDeque<Arc<str>>,
}

/// A user that somebody acts for: what everybody who does shares.
pub(crate) struct User {
    key: Arc<str>,
    users: Arc<Users>,
    /// What is known of the user's facts.
    pub(super) known: Mutex<Known>,
    /// Those of clients, for the limits of users.
    sessions: Arc<Gauge>,
    calls: Gauge,
    /// What calls on behalf of the user share whose hooks still run.
    following: Arc<Following>,
    /// Whether the user has been revoked; whoever comes later is another `User` of the same key.
    is_revoked: AtomicBool,
    /// Cancelled then.
    revoked: CancellationToken,
    /// Those who are told of changes on behalf of the user, by their places in memory. Held to add, to take or to copy.
    told: Mutex<HashMap<usize, Weak<Subscriber>, RandomState>>,
}

impl Users {
    /// The user with this key, for somebody who begins to act for it.
    pub(crate) fn enter(self: &Arc<Self>, key: &str) -> Arc<User> {
        let mut state = self.state();
        let present = state.by_key.get(key).and_then(Weak::upgrade);
        present.unwrap_or_else(|| {
            let key: Arc<str> = key.into();
            let user = Arc::new(User {
                key: Arc::clone(&key),
                users: Arc::clone(self),
                known: Mutex::default(),
                sessions: Arc::default(),
                calls: Gauge::default(),
                following: Arc::default(),
                is_revoked: AtomicBool::new(false),
                revoked: CancellationToken::new(),
                told: Mutex::default(),
            });
            state.by_key.insert(key, Arc::downgrade(&user));
            user
        })
    }

    /// The same, unless the user was revoked after there had been so many [`revocations`](Self::revocations): what was
    /// found out before that does not count.
    pub(super) fn enter_since(self: &Arc<Self>, revocations: u64, key: &str) -> Option<Arc<User>> {
        let user = self.enter(key);
        // In this order: a revocation that is not seen here finds the user above.
        let state = self.state();
        let later = state.revocations - revocations;
        let later = usize::try_from(later).unwrap_or(usize::MAX);
        let known = later <= state.revoked.len();
        let revoked = state
            .revoked
            .iter()
            .rev()
            .take(later)
            .any(|it| **it == *key);
        drop(state);
        (known && !revoked).then_some(user)
    }

    /// How many users have been revoked so far.
    pub(super) fn revocations(&self) -> u64 {
        self.state().revocations
    }

    /// Forgets a user: nobody who acts for it may go on.
    pub(crate) fn revoke(&self, key: &str) {
        let mut state = self.state();
        state.revocations += 1;
        state.revoked.push_back(key.into());
        if state.revoked.len() > REMEMBERED {
            state.revoked.pop_front();
        }
        let user = state.by_key.remove(key);
        drop(state);
        if let Some(user) = user.and_then(|user| user.upgrade()) {
            user.is_revoked.store(true, Ordering::SeqCst);
            user.revoked.cancel();
        }
    }

    /// The user with this key, if somebody acts for it.
    pub(super) fn get(&self, key: &str) -> Option<Arc<User>> {
        self.state().by_key.get(key).and_then(Weak::upgrade)
    }

    /// Every user that somebody acts for.
    pub(super) fn all(&self) -> Vec<Arc<User>> {
        let state = self.state();
        state.by_key.values().filter_map(Weak::upgrade).collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.state().by_key.len()
    }

    // A panic while the lock is held can only be one of the allocator; the map stays usable.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl User {
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// How many sessions the user has.
    pub(crate) fn sessions(&self) -> &Arc<Gauge> {
        &self.sessions
    }

    /// How many calls of these sessions run.
    pub(crate) fn calls(&self) -> &Gauge {
        &self.calls
    }

    /// What calls on behalf of the user share whose hooks still run.
    pub(crate) fn following(&self) -> &Arc<Following> {
        &self.following
    }

    /// Somebody is told of changes on behalf of the user.
    pub(crate) fn told(&self, subscriber: &Arc<Subscriber>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::as_ptr(subscriber).addr();
        told.insert(place, Arc::downgrade(subscriber));
    }

    /// Somebody is no longer.
    pub(crate) fn untold(&self, subscriber: &Subscriber) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.remove(&std::ptr::from_ref(subscriber).addr());
    }

    /// Has everybody who is told on behalf of the user wait until it is known again what they may read.
    pub(super) fn doubt(&self) {
        self.all_told().iter().for_each(Subscriber::doubt);
    }

    /// The same where the facts have only been loaded anew.
    pub(super) fn renew(&self) {
        self.all_told().iter().for_each(Subscriber::renew);
    }

    fn all_told(&self) -> Vec<Arc<Subscriber>> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.values().filter_map(Weak::upgrade).collect()
    }

    /// Whether the user has been revoked since.
    pub(crate) fn is_revoked(&self) -> bool {
        self.is_revoked.load(Ordering::SeqCst)
    }

    /// Until the user is revoked.
    pub(crate) fn revoked(&self) -> WaitForCancellationFutureOwned {
        self.revoked.clone().cancelled_owned()
    }

    /// The user of the same key that whoever comes now would act for.
    pub(crate) fn again(&self) -> Arc<Self> {
        self.users.enter(&self.key)
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut state = self.users.state();
        if let Entry::Occupied(entry) = state.by_key.entry(Arc::clone(&self.key))
            // Somebody may have come in the meantime, and found this one gone.
            && entry.get().strong_count() == 0
        {
            entry.remove();
        }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("User").field(&self.key).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Arc<Users> {
        Arc::default()
    }

    #[test]
    fn who_acts_for_one_user_shares_it_and_the_last_takes_it_along() {
        let users = users();
        let (ann, again, bob) = (users.enter("ann"), users.enter("ann"), users.enter("bob"));
        assert!(Arc::ptr_eq(&ann, &again) && !Arc::ptr_eq(&ann, &bob));
        assert_eq!(users.len(), 2);
        drop(ann);
        assert_eq!(users.len(), 2);
        drop(again);
        assert_eq!(users.len(), 1);
        drop(bob);
        assert_eq!(users.len(), 0);
    }

    #[test]
    fn who_comes_after_a_revocation_is_not_revoked() {
        let users = users();
        let before = users.enter("ann");
        users.revoke("ann");
        let after = users.enter("ann");
        assert!(before.is_revoked() && !after.is_revoked());
        assert!(Arc::ptr_eq(&before.again(), &after));
        drop(before);
        assert_eq!(users.len(), 1);
        drop(after);
        assert_eq!(users.len(), 0);
    }

    #[test]
    fn what_was_found_out_before_a_revocation_does_not_count() {
        let users = users();
        let begun = users.revocations();
        assert!(users.enter_since(begun, "ann").is_some());
        users.revoke("bob");
        assert!(users.enter_since(begun, "ann").is_some());
        users.revoke("ann");
        users.revoke("bob");
        assert!(users.enter_since(begun, "ann").is_none());
        let begun = users.revocations();
        assert!(users.enter_since(begun, "ann").is_some());
        for _ in 0..=REMEMBERED {
            users.revoke("bob");
        }
        assert!(users.enter_since(begun, "ann").is_none(), "nobody knows");
        assert_eq!(users.len(), 0);
    }
}
