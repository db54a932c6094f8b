//! One connected client, whatever carries it: requests come in order, a worker answers them in order, an
//! [`Outlet`] takes the answers.

mod answer;
mod inbox;
mod outbox;
mod standing;
mod visit;
mod worker;

use std::fmt;
use std::future;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, TryLockError};
use std::task::{Context, Poll, Waker, ready};

use futures_util::task::AtomicWaker;
use tokio::sync::oneshot;
use tokio::task::coop;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::inbox::Inbox;
use self::outbox::Ended;
use self::visit::{Left, Visit};
use self::worker::Worker;
use crate::app::App;
use crate::hooks::SessionInfo;
use crate::identity::{Caller, Head};
use crate::limits::{Limit, Seat};
use crate::live::{self, Resume, Subscriber};
use crate::meters::Present;

pub(crate) use self::inbox::{Job, Refused};
pub(crate) use self::outbox::{Blocked, Closing, Outgoing, Outlet};

/// What a session is opened with.
pub(crate) struct Opening {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    /// What the client has shown beside its `auth` payload.
    pub(crate) head: Arc<Head>,
    /// The place of the session among those of its user and of its address.
    pub(crate) seat: Seat,
    /// Tells the session that its server is shutting down.
    pub(crate) drain: CancellationToken,
    /// Ends the session, whatever it is doing.
    pub(crate) cut: CancellationToken,
    /// What the client was told about before.
    pub(crate) resume: Option<Resume>,
}

/// The outside of a session.
#[derive(Clone)]
pub(crate) struct Session(Arc<Inner>);

struct Inner {
    inbox: Inbox,
    /// What is told to the client without being asked.
    subscriber: Arc<Subscriber>,
    /// `None` once the session has ended. Held while requests are polled, and never waited for: whoever finds
    /// it taken leaves what it wants to be done later.
    worker: Mutex<Option<Worker>>,
    /// Wakes the session's task.
    task: AtomicWaker,
    /// Whether the session's task has found the worker taken.
    wanted: AtomicBool,
    closed: CancellationToken,
}

impl Session {
    /// Opens a session: from now on what is pushed is answered.
    pub(crate) fn open(opening: Opening, outlet: impl Outlet, tasks: &TaskTracker) -> Self {
        let (inbox, jobs) = inbox::inbox(&opening.app);
        let counted = Counted::new(Arc::clone(&opening.app.gauges().sessions));
        let present = opening.app.meters().session();
        let app = opening.app.clone();
        let Opening {
            app: of,
            caller,
            head,
            seat,
            drain,
            cut,
            resume,
        } = opening;
        let visit = Visit::begin(&app, &caller, SessionInfo::new(head.address));
        let mut worker = Worker::new(of, caller, seat, head, jobs, Box::new(outlet));
        let (resumed, told) = oneshot::channel();
        let resume = resume.map(|resume| (resume, resumed));
        let (greeted, left) = visit.map(|it| (it.greeted, it.left)).unzip();
        let told = resume.is_some().then_some(told);
        worker.begin_after(greeted.into_iter().chain(told).collect());
        let subscriber = Arc::clone(worker.subscriber());
        let session = Self(Arc::new(Inner {
            inbox,
            subscriber: Arc::clone(&subscriber),
            worker: Mutex::new(Some(worker)),
            task: AtomicWaker::new(),
            wanted: AtomicBool::new(false),
            closed: CancellationToken::new(),
        }));
        let told = Arc::downgrade(&session.0);
        subscriber.wakes(move || {
            if let Some(session) = told.upgrade() {
                session.tell();
            }
        });
        begin(&app, &subscriber, resume);
        tasks.spawn(
            session
                .clone()
                .run(app, drain, cut, left, (counted, present)),
        );
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
        let Inner { inbox, task, .. } = &*self.0;
        let mut left = Some(job);
        let started = self.0.try_worker(|worker| {
            let worker = worker.as_mut()?;
            if !worker.is_idle() || inbox.is_overflown() || !has_turn() {
                return None;
            }
            Some(worker.start_at_once(left.take()?))
        });
        let needs_task = started.flatten().unwrap_or(false);
        if needs_task || self.0.wanted.swap(false, Ordering::SeqCst) {
            task.wake();
        }
        left
    }

    /// The session's task: works until the connection ends, and ends it where the server must.
    async fn run(
        self,
        app: App,
        drain: CancellationToken,
        cut: CancellationToken,
        left: Option<oneshot::Sender<Left>>,
        counted: (Counted<Arc<Gauge>>, Present),
    ) {
        let Inner { inbox, closed, .. } = &*self.0;
        let work = async {
            tokio::select! {
                biased;
                () = drain.cancelled() => {}
                ended = self.work() => return ended,
            }
            let begin = |worker: &mut Option<Worker>, _: &mut Context<'_>| {
                worker.iter_mut().for_each(Worker::drain);
            };
            future::poll_fn(|cx| self.0.poll_worker(cx, begin)).await;
            self.work().await
        };
        let ended = tokio::select! {
            biased;
            () = closed.cancelled() => Ended::Gone,
            () = inbox.overflown() => Ended::By(Closing::Overloaded),
            () = cut.cancelled() => Ended::By(Closing::Shutdown),
            ended = work => ended,
        };
        let worker = future::poll_fn(|cx| self.0.poll_worker(cx, |worker, _| worker.take())).await;
        self.0.subscriber.close();
        drop(counted);
        let worker = match (left, worker) {
            (Some(left), Some(mut worker)) => {
                // The app may be cut off, and its hooks with it.
                let _ = left.send(worker.parting());
                Some(worker)
            }
            (_, worker) => worker,
        };
        let reached = match ended {
            Ended::By(Closing::Overloaded) => Some(Limit::Inbox),
            Ended::By(Closing::SlowConsumer) => Some(Limit::Outbox),
            Ended::By(_) | Ended::Gone => None,
        };
        if let Some(limit) = reached {
            app.meters().refused(limit);
        }
        if let Ended::By(reason) = ended
            && let Some(mut worker) = worker
        {
            worker.close(reason);
        }
        closed.cancel();
    }

    async fn work(&self) -> Ended {
        future::poll_fn(|cx| {
            ready!(self.0.poll_worker(cx, |worker, cx| match worker {
                Some(worker) => worker.poll(cx),
                None => Poll::Ready(Ended::Gone),
            }))
        })
        .await
    }
}

impl Inner {
    /// Tells the client what waits to be told: here and now if the worker is free.
    fn tell(&self) {
        let told = self.try_worker(|worker| worker.as_mut().is_some_and(Worker::tell));
        let wanted = self.wanted.swap(false, Ordering::SeqCst);
        if told.unwrap_or(true) || wanted {
            self.task.wake();
        }
    }

    /// Does something with the worker, unless somebody else is about to. It may run the user's code for as long as
    /// that likes, so nobody ever waits for it on a thread.
    fn try_worker<T>(&self, act: impl FnOnce(&mut Option<Worker>) -> T) -> Option<T> {
        match self.worker.try_lock() {
            Ok(mut worker) => Some(act(&mut worker)),
            Err(TryLockError::Poisoned(poisoned)) => Some(act(&mut poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The same for the session's task, which is woken when the worker is free.
    fn poll_worker<T>(
        &self,
        cx: &mut Context<'_>,
        act: impl FnOnce(&mut Option<Worker>, &mut Context<'_>) -> T,
    ) -> Poll<T> {
        self.task.register(cx.waker());
        // Before the attempt: whoever makes it fail looks at this when it has let go.
        self.wanted.store(true, Ordering::SeqCst);
        match self.try_worker(|worker| {
            self.wanted.store(false, Ordering::SeqCst);
            act(worker, cx)
        }) {
            Some(done) => Poll::Ready(done),
            None => Poll::Pending,
        }
    }
}

/// Tells a client that has connected what it has missed, and says when that is done; and tells it of what it is told without watching
/// it.
fn begin(app: &App, subscriber: &Arc<Subscriber>, resume: Option<(Resume, oneshot::Sender<()>)>) {
    if resume.is_none() && !app.live().joins() {
        return;
    }
    let (of, subscriber) = (app.clone(), Arc::clone(subscriber));
    app.spawn(async move {
        if let Some((resume, resumed)) = resume {
            live::resume_at_once(&of, &subscriber, &resume).await;
            // A client that has gone meanwhile is not waiting.
            let _ = resumed.send(());
        }
        live::keep_joined(&of, &subscriber, true).await;
    });
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

    /// The same, unless there are `max` already.
    pub(crate) fn within(gauge: G, max: usize) -> Option<Self> {
        let before = gauge.0.fetch_add(1, Ordering::Relaxed);
        let counted = Self(gauge);
        (before < max).then_some(counted)
    }
}

impl<G: Deref<Target = Gauge>> Drop for Counted<G> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
