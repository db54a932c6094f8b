//! Live: who is told of which change, and that nobody misses one.
//!
//! Every committed transaction is [published](Live::publish) here, and takes its place in the order of positions. The
//! [`Hub`] knows who is told: `live/router.rs` says which groups a change concerns, `live/index.rs` by which condition a group
//! is found, `live/ring.rs` keeps what those need who come back. `live/push.rs` is what they are told. `live/subscriber.rs` is
//! one of those who are told: a session, or a stream of Rust code.

mod authority;
mod claim;
mod follow;
mod hub;
mod index;
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
mod ticket;
mod work;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, Weak};
use std::time::Duration;

use foldhash::quality::RandomState;
use tokio::sync::{oneshot, watch};

use self::hub::{Command, Hub, HubLimits, MemberId};
use self::work::Work;
use crate::action::parents_of;
use crate::app::{App, Config, WeakApp};
use crate::error::{Error, Result};
use crate::limits::{self, Limit, SOON};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Caps, Committed};

pub(crate) use self::claim::Claim;
pub(crate) use self::hub::Replay;
pub(crate) use self::push::{Item, Push};
pub(crate) use self::question::{Question, watch_id};
pub(crate) use self::resume::{Resume, resume, resume_at_once};
pub(crate) use self::router::{Event, View};
pub(crate) use self::strategy::{follow_answer, join_all};
pub use self::stream::{Pushed, Watched};
pub(crate) use self::subject::Subject;
pub(crate) use self::subscriber::{Join, Standing, Subscriber, Told};
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
    /// Whether anybody cares.
    awake: AtomicBool,
    /// The position up to which everything has been told.
    reached: watch::Sender<u64>,
    // Held for a look.
    epoch: Mutex<Arc<str>>,
    /// Whether clients are told of anything without watching it.
    joins: AtomicBool,
    members: AtomicU64,
    /// How many groups are open, and how many memberships there are: told by the hub.
    groups: AtomicUsize,
    joined: AtomicUsize,
    /// Every connected client, by its place in memory. Held to add, to take or to copy.
    sessions: Mutex<HashMap<usize, Weak<Subscriber>, RandomState>>,
}

impl Live {
    pub(crate) fn new(config: &Config, caps: Caps, epoch: Arc<str>) -> Arc<Self> {
        let limits = HubLimits {
            scans: config.watch_scan,
            push: config.max_push,
            replay: config.max_replay,
            log: caps.log,
        };
        Arc::new(Self {
            app: OnceLock::new(),
            commands: Mutex::default(),
            hub: Mutex::new(Hub::new(limits)),
            awake: AtomicBool::new(!caps.log),
            reached: watch::Sender::new(0),
            epoch: Mutex::new(epoch),
            joins: AtomicBool::new(false),
            members: AtomicU64::new(0),
            groups: AtomicUsize::new(0),
            joined: AtomicUsize::new(0),
            sessions: Mutex::default(),
        })
    }

    /// Begins, for this app.
    pub(crate) fn begin(self: &Arc<Self>, app: &App) {
        // An app is built once.
        let _ = self.app.set(app.downgrade());
        let joins = strategy::any(app);
        self.joins.store(joins, Ordering::Relaxed);
        if self.is_awake() {
            self.work(Work::Watch);
        } else if joins {
            self.submit(Command::Wake);
        }
    }

    /// Tells of a transaction whoever watches. Ends when they all have been told what they are to be told before the
    /// transaction is acknowledged, at the latest after 100 ms.
    pub(crate) async fn publish(self: &Arc<Self>, committed: &Committed) {
        if committed.changes.is_empty() || !self.awake.load(Ordering::SeqCst) {
            return;
        }
        self.submit(Command::Entry(Arc::new(committed.clone())));
        let mut reached = self.reached.subscribe();
        if *reached.borrow_and_update() >= committed.pos {
            return;
        }
        let told = reached.wait_for(|pos| *pos >= committed.pos);
        if tokio::time::timeout(OWN_PUSH, told).await.is_err() {
            tracing::debug!(pos = committed.pos, "an answer did not wait for its push");
        }
    }

    /// Until everything has been told up to a position, as far as that takes no longer than it should.
    pub(crate) async fn until(&self, pos: u64) {
        let mut reached = self.reached.subscribe();
        let told = reached.wait_for(|reached| *reached >= pos);
        // Whoever waits looks again.
        let _ = tokio::time::timeout(OWN_PUSH, told).await;
    }

    /// A position that everything told from now on lies behind, and nothing that was committed before this call.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn now(&self, app: &App) -> Result<u64> {
        match self.position() {
            pos if pos > 0 && self.is_awake() => Ok(pos),
            pos if !app.store().caps().log => Ok(pos),
            _ => Ok(app.store().log().await?.to),
        }
    }

    /// Whether the log has come so far.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn has_reached(&self, app: &App, pos: u64) -> Result<bool> {
        if self.position() >= pos || !app.store().caps().log {
            return Ok(self.position() >= pos);
        }
        Ok(app.store().log().await?.to >= pos)
    }

    /// Names the life of the log that positions belong to.
    pub(crate) fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.epoch.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether this is another life of the log than before.
    fn begins_epoch(&self, epoch: &Arc<str>) -> bool {
        let mut known = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        let is_other = *known != *epoch;
        if is_other {
            *known = Arc::clone(epoch);
        }
        is_other
    }

    /// Whether clients are told of anything without watching it.
    pub(crate) fn joins(&self) -> bool {
        self.joins.load(Ordering::Relaxed)
    }

    /// Whether it is never to sleep.
    fn is_always_awake(&self) -> bool {
        self.joins()
    }

    /// The position up to which everything has been told; 0 where nobody watches.
    pub(crate) fn position(&self) -> u64 {
        *self.reached.borrow()
    }

    /// Opens the group of a view, before its records are read.
    ///
    /// # Errors
    /// TooManyRequests `too_many_scans`.
    pub(crate) async fn open(self: &Arc<Self>, app: &App, view: Arc<View>) -> Result<Ticket> {
        let (reply, opened) = oneshot::channel();
        self.submit(Command::Open { view, reply });
        let opened = opened.await;
        let opened = opened.map_err(|_| Error::internal("the hub has not answered"))?;
        opened.map_err(|_| limits::refuse(Limit::WatchScan, SOON, app.meters()))
    }

    /// What a group was told behind a position; `None` if that is too long ago.
    pub(crate) async fn look(self: &Arc<Self>, ticket: &Ticket, from: u64) -> Option<Replay> {
        let (reply, answer) = oneshot::channel();
        self.submit(Command::Look {
            group: ticket.group(),
            from,
            life: ticket.life(),
            reply,
        });
        answer.await.ok().flatten()
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
            reply,
        });
        let mut asking = Vec::new();
        for view in answer.await.unwrap_or_default() {
            let parents = parents_of(app, &view.filter, std::iter::once(&row)).await?;
            let find = |resource: &'static str, id: &Value| parents.find(resource, id);
            if view.filter.matches(&row, &find) {
                asking.push(view);
            }
        }
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

    /// A client has connected.
    pub(crate) fn add(&self, subscriber: &Arc<Subscriber>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(Arc::as_ptr(subscriber).addr(), Arc::downgrade(subscriber));
    }

    /// A client has gone.
    pub(crate) fn remove(&self, subscriber: &Arc<Subscriber>) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&Arc::as_ptr(subscriber).addr());
    }

    fn everybody(&self) -> Vec<Arc<Subscriber>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.values().filter_map(Weak::upgrade).collect()
    }

    /// How many groups are open, and how many memberships there are.
    pub(crate) fn len(&self) -> (usize, usize) {
        (
            self.groups.load(Ordering::Relaxed),
            self.joined.load(Ordering::Relaxed),
        )
    }

    /// Whether the hub takes part in what happens.
    fn set_awake(self: &Arc<Self>, awake: bool) {
        if self.awake.swap(awake, Ordering::SeqCst) != awake && awake {
            self.work(Work::Watch);
        }
    }

    fn is_awake(&self) -> bool {
        self.awake.load(Ordering::SeqCst)
    }

    /// Everything has been told up to this position.
    fn reached(&self, pos: u64) {
        self.reached.send_replace(pos);
    }

    fn next_member(&self) -> MemberId {
        self.members.fetch_add(1, Ordering::Relaxed)
    }

    /// Tells the hub something: here and now, or by whoever is telling it something.
    fn submit(self: &Arc<Self>, command: Command) {
        self.commands().push_back(command);
        loop {
            let mut hub = match self.hub.try_lock() {
                Ok(hub) => hub,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            loop {
                let next = self.commands().pop_front();
                let Some(command) = next else {
                    break;
                };
                hub.run(command, self);
            }
            let (groups, joined) = hub.len();
            self.groups.store(groups, Ordering::Relaxed);
            self.joined.store(joined, Ordering::Relaxed);
            drop(hub);
            // Somebody may have come and gone since.
            if self.commands().is_empty() {
                return;
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
