//! Live: who is told of which change, and that nobody misses one.
//!
//! Every committed transaction is [taken in](Live::take) here, and takes its place in the order of positions. The
//! [`Hub`] knows who is told: `live/router.rs` says which groups a change concerns, `live/index.rs` by which condition a group
//! is found, `live/ring.rs` keeps what those need who come back. `live/push.rs` is what they are told. `live/subscriber.rs` is
//! one of those who are told: a session, or a stream of Rust code.

mod authority;
mod claim;
mod follow;
mod hub;
mod index;
mod missed;
mod progress;
mod push;
mod question;
mod resume;
mod ring;
mod router;
mod strategy;
mod stream;
mod subject;
mod subscriber;
mod tell;
mod texts;
mod ticket;
mod watching;
mod work;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, Weak};
use std::time::Duration;

use foldhash::quality::RandomState;
use tokio::sync::oneshot;

use self::hub::{Command, Hub, HubLimits, MemberId};
use self::progress::Progress;
use self::ring::Ring;
use self::work::Work;
use crate::action::learn_parents;
use crate::app::{App, Config, WeakApp};
use crate::error::{Error, Result};
use crate::limits::{self, Limit, SOON};
use crate::query::Parents;
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Caps, Committed};

pub(crate) use self::claim::Claim;
pub(crate) use self::push::{Item, Push};
pub(crate) use self::question::{Question, watch_id};
pub(crate) use self::resume::{Resume, resume, resume_at_once};
pub(crate) use self::router::{Event, View};
pub(crate) use self::strategy::{follow_answer, keep_joined};
pub use self::stream::{Pushed, Watched};
pub(crate) use self::subject::Subject;
pub(crate) use self::subscriber::{Join, Read, Standing, Subscriber, Told};
pub(crate) use self::tell::Tell;
pub(crate) use self::ticket::Ticket;

/// So long an answer waits at most until its own changes have been told.
pub(crate) const OWN_PUSH: Duration = Duration::from_millis(100);

/// The live part of an app.
pub(crate) struct Live {
    /// Empty until the app is built.
    app: OnceLock<WeakApp>,
    /// What the hub has not been told yet. Held for a push or a pop alone.
    commands: Mutex<VecDeque<Command>>,
    /// Never waited for: who finds it taken has left its command to whoever has it.
    hub: Mutex<Hub>,
    progress: Progress,
    /// How often that has changed whether anybody cares: odd while somebody does.
    turn: AtomicU64,
    /// Whether clients are told of anything without watching it.
    joins: AtomicBool,
    members: AtomicU64,
    /// How many groups are open, and how many memberships there are: told by the hub.
    groups: AtomicUsize,
    joined: AtomicUsize,
    /// Everybody who may be told of anything, by its place in memory. Held to add, to take or to copy.
    subscribers: Mutex<HashMap<usize, Weak<Subscriber>, RandomState>>,
}

/// So many commands one thread runs at once.
const AT_ONCE: usize = 256;

impl Live {
    pub(crate) fn new(config: &Config, caps: Caps, epoch: Arc<str>) -> Arc<Self> {
        let limits = HubLimits {
            scans: config.watch_scan,
            push: config.max_push,
            replay: config.max_replay,
            log: caps.log,
        };
        let progress = Progress::new(epoch);
        if !caps.log {
            // Nobody can tell later what has happened.
            progress.begin(Ring::new(0, 0, config.max_replay));
        }
        Arc::new(Self {
            app: OnceLock::new(),
            commands: Mutex::default(),
            hub: Mutex::new(Hub::new(limits)),
            progress,
            turn: AtomicU64::new(u64::from(!caps.log)),
            joins: AtomicBool::new(false),
            members: AtomicU64::new(0),
            groups: AtomicUsize::new(0),
            joined: AtomicUsize::new(0),
            subscribers: Mutex::default(),
        })
    }

    /// Begins, for this app.
    pub(crate) fn begin(self: &Arc<Self>, app: &App) {
        // An app is built once.
        let _ = self.app.set(app.downgrade());
        let joins = strategy::any(app);
        self.joins.store(joins, Ordering::Relaxed);
        if self.is_awake() {
            watching::begin(app, self);
        } else if joins {
            self.submit(Command::Wake);
        }
    }

    /// Takes in a transaction, to tell of it whoever watches.
    pub(crate) fn take(self: &Arc<Self>, committed: &Committed) {
        if !committed.changes.is_empty() && self.is_awake() {
            self.submit(Command::Entry(Arc::new(committed.clone())));
        }
    }

    /// Until everybody has been told of a transaction whatever they are to be told before it is acknowledged, at the latest after
    /// 100 ms.
    pub(crate) async fn told(&self, committed: &Committed) {
        if committed.changes.is_empty() || !self.is_awake() {
            return;
        }
        if !self.progress.until(committed.pos).await {
            tracing::debug!(pos = committed.pos, "an answer did not wait for its push");
        }
    }

    /// A position that everything told from now on lies behind, and nothing that was committed before this call.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn now(&self, app: &App) -> Result<u64> {
        match self.position() {
            Some(pos) => Ok(pos),
            None => Ok(app.store().log().await?.to),
        }
    }

    /// Whether the log has come so far.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn has_reached(self: &Arc<Self>, app: &App, pos: u64) -> Result<bool> {
        // Those who come back together have it looked up once.
        self.submit(Command::Wake);
        let known = self.progress.known().await;
        known.map_err(|_| Error::unavailable("changes cannot be told of now"))?;
        let reached = self.position();
        if reached.is_some_and(|reached| reached >= pos) || !app.store().caps().log {
            return Ok(reached >= Some(pos));
        }
        Ok(app.store().log().await?.to >= pos)
    }

    /// Names the life of the log that positions belong to.
    pub(crate) fn epoch(&self) -> Arc<str> {
        self.progress.epoch()
    }

    /// Whether clients are told of anything without watching it.
    pub(crate) fn joins(&self) -> bool {
        self.joins.load(Ordering::Relaxed)
    }

    /// The position up to which everything has been told; `None` while it is not known where the log stands, and where nobody
    /// cares.
    pub(crate) fn position(&self) -> Option<u64> {
        self.progress.position()
    }

    /// Opens the group of a view, before its records are read: from here on everything is told of.
    ///
    /// # Errors
    /// TooManyRequests `too_many_scans`; Unavailable, if it cannot be found out where the log stands.
    pub(crate) async fn open(self: &Arc<Self>, app: &App, view: Arc<View>) -> Result<Ticket> {
        let (reply, opened) = oneshot::channel();
        self.submit(Command::Open { view, reply });
        let opened = opened.await;
        let opened = opened.map_err(|_| Error::internal("the hub has not answered"))?;
        let ticket = opened.map_err(|_| limits::refuse(Limit::WatchScan, SOON, app.meters()))?;
        let known = self.progress.known().await;
        known.map_err(|_| Error::unavailable("changes cannot be told of now"))?;
        Ok(ticket)
    }

    /// Tells something that is no change to everybody who is told of this record.
    ///
    /// # Errors
    /// Those of reading the parents that rules follow.
    pub(crate) async fn tell(
        self: &Arc<Self>,
        app: &App,
        schema: &Arc<Schema>,
        row: Row,
        tell: Tell,
    ) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.submit(Command::Asking {
            schema: Arc::clone(schema),
            row: row.clone(),
            reply,
        });
        let mut asking = answer.await.unwrap_or_default();
        let mut parents = Parents::default();
        for view in &asking {
            learn_parents(app, &view.filter, std::iter::once(&row), &mut parents).await?;
        }
        let find = |resource: &'static str, id: &Value| parents.find(resource, id);
        asking.retain(|view| view.filter.matches(&row, &find));
        self.submit(Command::Tell {
            schema: Arc::clone(schema),
            row,
            asking,
            tell: Arc::new(tell),
        });
        Ok(())
    }

    /// Tells something that is no change to everybody who is connected.
    pub(crate) fn tell_all(&self, tell: Tell) {
        let tell = Arc::new(tell);
        for subscriber in self.everybody() {
            subscriber.tell(&tell);
        }
    }

    /// Somebody may be told of something from now on.
    fn add(&self, subscriber: &Arc<Subscriber>) {
        let place = Arc::as_ptr(subscriber).addr();
        self.subscribers().insert(place, Arc::downgrade(subscriber));
    }

    /// Somebody is told of nothing any more.
    fn remove(&self, subscriber: &Subscriber) {
        self.subscribers()
            .remove(&std::ptr::from_ref(subscriber).addr());
    }

    fn everybody(&self) -> Vec<Arc<Subscriber>> {
        let subscribers = self.subscribers();
        subscribers.values().filter_map(Weak::upgrade).collect()
    }

    fn subscribers(&self) -> MutexGuard<'_, HashMap<usize, Weak<Subscriber>, RandomState>> {
        let subscribers = self.subscribers.lock();
        subscribers.unwrap_or_else(PoisonError::into_inner)
    }

    /// How many groups are open, and how many memberships there are.
    pub(crate) fn len(&self) -> (usize, usize) {
        (
            self.groups.load(Ordering::Relaxed),
            self.joined.load(Ordering::Relaxed),
        )
    }

    /// The hub takes part in what happens.
    fn wakes(self: &Arc<Self>) {
        self.turn.fetch_add(1, Ordering::SeqCst);
        if let Some(app) = self.app.get().and_then(WeakApp::upgrade) {
            watching::begin(&app, self);
        }
    }

    /// It does no longer.
    fn sleeps(&self) {
        self.turn.fetch_add(1, Ordering::SeqCst);
    }

    /// How often that has changed.
    fn turn(&self) -> u64 {
        self.turn.load(Ordering::SeqCst)
    }

    fn is_awake(&self) -> bool {
        self.turn() % 2 == 1
    }

    fn next_member(&self) -> MemberId {
        self.members.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells the hub something: here and now, or by whoever is telling it something.
    fn submit(self: &Arc<Self>, command: Command) {
        self.commands().push_back(command);
        self.drain();
    }

    /// Runs what waits, unless somebody else does, up to as much as one thread does for others.
    fn drain(self: &Arc<Self>) {
        let mut left = AT_ONCE;
        // Somebody may have come and gone since.
        while !self.commands().is_empty() {
            let mut hub = match self.hub.try_lock() {
                Ok(hub) => hub,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            while left > 0 {
                let next = self.commands().pop_front();
                let Some(command) = next else {
                    break;
                };
                hub.run(command, self);
                left -= 1;
            }
            let (groups, joined) = hub.len();
            self.groups.store(groups, Ordering::Relaxed);
            self.joined.store(joined, Ordering::Relaxed);
            drop(hub);
            if left == 0 {
                return self.work(Work::Drain);
            }
        }
    }

    /// Does what takes I/O, in a task of its own.
    fn work(self: &Arc<Self>, work: Work) {
        if let Some(app) = self.app.get().and_then(WeakApp::upgrade) {
            work.begin(&app);
        }
    }

    // A panic while the lock is held can only be one of the allocator; the queue stays usable.
    fn commands(&self) -> MutexGuard<'_, VecDeque<Command>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}
