//! One connected client, whatever carries it: requests come in order, a worker answers them in order, an
//! [`Outlet`] takes the answers.

mod inbox;
mod outbox;
mod worker;

use std::fmt;
use std::future;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};

use futures_util::task::AtomicWaker;
use tokio::task::coop;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::inbox::Inbox;
use self::outbox::Ended;
use self::worker::Worker;
use crate::app::App;
use crate::identity::Caller;

pub(crate) use self::inbox::{Job, Refused};
pub(crate) use self::outbox::{Blocked, Closing, Outgoing, Outlet};

/// What a session is opened with.
pub(crate) struct Opening {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    /// Tells the session that its server is shutting down.
    pub(crate) drain: CancellationToken,
    /// Ends the session, whatever it is doing.
    pub(crate) cut: CancellationToken,
}

/// The outside of a session.
#[derive(Clone)]
pub(crate) struct Session(Arc<Inner>);

struct Inner {
    inbox: Inbox,
    /// `None` once the session has ended. Held while requests are polled, never across an await.
    worker: Mutex<Option<Worker>>,
    /// Wakes the session's task.
    task: AtomicWaker,
    closed: CancellationToken,
}

impl Session {
    /// Opens a session: from now on what is pushed is answered.
    pub(crate) fn open(opening: Opening, outlet: impl Outlet, tasks: &TaskTracker) -> Self {
        let (inbox, jobs) = inbox::inbox(&opening.app);
        let counted = Counted::new(Arc::clone(&opening.app.gauges().sessions));
        let worker = Worker::new(opening.app, opening.caller, jobs, Box::new(outlet));
        let session = Self(Arc::new(Inner {
            inbox,
            worker: Mutex::new(Some(worker)),
            task: AtomicWaker::new(),
            closed: CancellationToken::new(),
        }));
        tasks.spawn(session.clone().run(opening.drain, opening.cut, counted));
        session
    }

    /// Takes a request in, without waiting for anything. Those of one connection take effect in the order
    /// of these calls.
    pub(crate) fn push(&self, job: Job) -> Result<(), Refused> {
        match self.start_at_once(job) {
            Some(job) => self.0.inbox.push(job),
            None => Ok(()),
        }
    }

    /// Ends the session.
    pub(crate) fn close(&self) {
        self.0.closed.cancel();
    }

    /// Starts a request here and now if the worker is idle; gives it back if it has to wait for its turn.
    ///
    /// An answer that is ready at once, as with a store in memory, then leaves without a task being woken.
    fn start_at_once(&self, job: Job) -> Option<Job> {
        let mut worker = match self.0.worker.try_lock() {
            Ok(worker) => worker,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Some(job),
        };
        let Some(worker) = worker.as_mut() else {
            return Some(job);
        };
        if !worker.is_idle() || self.0.inbox.is_overflown() || !has_turn() {
            return Some(job);
        }
        if worker.start_at_once(job) {
            self.0.task.wake();
        }
        None
    }

    /// The session's task: works until the connection ends, and ends it where the server must.
    async fn run(
        self,
        drain: CancellationToken,
        cut: CancellationToken,
        _counted: Counted<Arc<Gauge>>,
    ) {
        let Inner { inbox, closed, .. } = &*self.0;
        let work = async {
            tokio::select! {
                biased;
                () = drain.cancelled() => {}
                ended = self.work() => return ended,
            }
            if let Some(worker) = &mut *self.worker() {
                worker.drain();
            }
            self.work().await
        };
        let ended = tokio::select! {
            biased;
            () = closed.cancelled() => Ended::Gone,
            () = inbox.overflown() => Ended::By(Closing::Overloaded),
            () = cut.cancelled() => Ended::By(Closing::Shutdown),
            ended = work => ended,
        };
        let worker = self.worker().take();
        if let Ended::By(reason) = ended
            && let Some(mut worker) = worker
        {
            worker.close(reason);
        }
        closed.cancel();
    }

    async fn work(&self) -> Ended {
        future::poll_fn(|cx| {
            self.0.task.register(cx.waker());
            match &mut *self.worker() {
                Some(worker) => worker.poll(cx),
                None => Poll::Ready(Ended::Gone),
            }
        })
        .await
    }

    fn worker(&self) -> MutexGuard<'_, Option<Worker>> {
        let worker = self.0.worker.lock();
        worker.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the current task may do something more before others have their turn; counts it if so.
fn has_turn() -> bool {
    match coop::poll_proceed(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(turn) => {
            turn.made_progress();
            true
        }
        Poll::Pending => false,
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// Counts something that comes and goes.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicUsize);

/// One that a [`Gauge`] counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted<G: Deref<Target = Gauge>>(G);

impl Gauge {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl<G: Deref<Target = Gauge>> Counted<G> {
    pub(crate) fn new(gauge: G) -> Self {
        gauge.0.fetch_add(1, Ordering::Relaxed);
        Self(gauge)
    }
}

impl<G: Deref<Target = Gauge>> Drop for Counted<G> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
