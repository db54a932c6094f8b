//! Answers the requests of one connection.
//!
//! Consecutive reads overlap; a mutation waits for everything before it, and everything after waits for
//! it. But mutations that read nothing follow each other as soon as the one before is handed to the store, which commits
//! in that order: so they share a sync of the disk. Answers leave in the order of the requests, those of detached
//! methods whenever they are ready.
//!
//! A worker is polled by the task of its session. While it is idle whoever brings a request may start it in
//! that task's stead: what is ready at once is then answered without waking anybody.

mod telling;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesOrdered, FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future};
use tokio::sync::oneshot;
use tokio_util::sync::ReusableBoxFuture;

use super::answer::{Asked, answer};
use super::inbox::{Job, Jobs};
use super::outbox::{Closing, Ended, Flushed, Outbox, Outgoing, Outlet};
use super::standing::Standing;
use super::visit::Left;
use crate::action::{self, Effect, Entered, Handover, Route, Target};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::{Caller, Head};
use crate::limits::{self, Limit, Pace, Paced, SOON, Seat};
use crate::live::{Join, Read, Subscriber};
use crate::protocol::{Reply, Request};

/// A request that is being answered.
type Running = ReusableBoxFuture<'static, Done>;

thread_local! {
    /// Room for the next request, of whichever connection: what is answered at once leaves it free for the one after it. It takes
    /// kilobytes, too many for every connection that waits for its next request.
    static SPARE: Cell<Option<Running>> = const { Cell::new(None) };
}

/// What came of a request.
#[derive(Default)]
struct Done {
    /// The answer, where one was asked for.
    answer: Option<Outgoing>,
    /// Who calls from now on, if that has changed.
    entered: Option<Box<Entered>>,
    /// What the client is told about from now on.
    joins: Vec<Join>,
    /// What it has read of what it is told all of.
    read: Option<Read>,
}

pub(super) struct Worker {
    app: App,
    standing: Standing,
    /// The place of the session among those of its user and of its address.
    seat: Seat,
    /// How fast requests may come, if that is limited.
    pace: Option<Paced>,
    head: Arc<Head>,
    jobs: Jobs,
    /// Reads that overlap, or blind mutations that do, in the order their answers leave.
    overlapping: FuturesOrdered<Running>,
    /// Whether these are blind mutations.
    blind: bool,
    /// How many of them are not handed to the store.
    unhanded: Arc<AtomicUsize>,
    /// The mutation that is running; then nothing else is, but what is detached.
    mutation: Option<Running>,
    /// A request that waits for those before it.
    waiting: Option<(Request, Route, Option<i64>)>,
    detached: FuturesUnordered<Running>,
    outbox: Outbox,
    /// What is told to the client without being asked.
    subscriber: Arc<Subscriber>,
    max_overlapping: usize,
    max_detached: usize,
    draining: bool,
    /// Whether the session's task has yet to wait for what ends the login.
    changed: bool,
    ended: Option<Ended>,
}

impl Worker {
    pub(super) fn new(
        app: App,
        caller: Caller,
        seat: Seat,
        head: Arc<Head>,
        jobs: Jobs,
        outlet: Box<dyn Outlet>,
    ) -> Self {
        let config = app.config();
        Self {
            subscriber: Subscriber::new(&app, caller.clone()),
            outbox: Outbox::new(outlet, config.outbox_bytes, config.write_deadline),
            max_overlapping: config.calls_in_flight,
            max_detached: config.detached_in_flight,
            standing: Standing::new(caller, config.expiry_warning),
            seat,
            pace: config.requests_per_second.map(|count| {
                let second = Duration::from_secs(1);
                Paced::new(Pace::with_burst(count, second, config.request_burst))
            }),
            app,
            head,
            changed: false,
            jobs,
            overlapping: FuturesOrdered::new(),
            blind: false,
            unhanded: Arc::default(),
            mutation: None,
            waiting: None,
            detached: FuturesUnordered::new(),
            draining: false,
            ended: None,
        }
    }

    /// Has every request wait for all of these first, as for a mutation.
    pub(super) fn begin_after(&mut self, ready: Vec<oneshot::Receiver<()>>) {
        if !ready.is_empty() {
            let ready = future::join_all(ready).map(|_| Done::default());
            self.mutation = Some(ReusableBoxFuture::new(ready));
        }
    }

    /// What is left of a session that has ended.
    pub(super) fn parting(&mut self) -> Left {
        Left {
            caller: self.standing.caller().clone(),
            seat: std::mem::take(&mut self.seat),
        }
    }

    /// Answers requests; ready when the session ends.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        self.guard(|worker| worker.advance(cx));
        self.ended.map_or(Poll::Pending, Poll::Ready)
    }

    /// Refuses what has not begun, and ends when what has is answered. The server bounds how long that may take.
    pub(super) fn drain(&mut self) {
        self.draining = true;
    }

    /// Whether a request that comes now would be started now.
    pub(super) fn is_idle(&self) -> bool {
        self.may_start() && self.overlapping.is_empty() && self.jobs.is_empty()
    }

    /// Starts the request that comes now; `true` if the session's task has to see to what is left.
    pub(super) fn start_at_once(&mut self, job: Job) -> bool {
        let detached = self.detached.len();
        self.guard(|worker| worker.start(job));
        !self.is_idle() || self.detached.len() > detached || self.changed
    }

    /// Tells the client why its connection ends.
    pub(super) fn close(&mut self, reason: Closing) {
        self.outbox.close(reason);
    }

    /// Does something that may end the session.
    fn guard(&mut self, act: impl FnOnce(&mut Self) -> Flushed) {
        let done = catch_unwind(AssertUnwindSafe(|| act(self))).unwrap_or_else(|_| {
            tracing::error!("the worker of a session has panicked");
            Err(Ended::By(Closing::Broken))
        });
        if let Err(ended) = done {
            self.ended.get_or_insert(ended);
        }
    }

    fn advance(&mut self, cx: &mut Context<'_>) -> Flushed {
        loop {
            self.changed = false;
            if let Some(notice) = self.standing.poll(cx)? {
                self.outbox.push(Outgoing::Notice(notice))?;
            }
            let mut moved = self.finish_ready(cx)?;
            if self.draining {
                self.refuse_waiting(cx)?;
                if !self.is_busy() {
                    return Err(Ended::By(Closing::Shutdown));
                }
            }
            let turn = self.waiting.as_ref().map(|(_, route, _)| *route);
            if turn.is_some_and(|route| self.may_begin(route))
                && let Some((request, route, ack)) = self.waiting.take()
            {
                moved = true;
                self.begin(request, route, ack)?;
            }
            // Ends after so many requests as a task may take before others have their turn.
            while self.may_start()
                && let Poll::Ready(job) = self.jobs.poll_next(cx)
            {
                moved = true;
                self.start(job.ok_or(Ended::Gone)?)?;
            }
            // What has been started is polled by the session's task before it sleeps.
            if !moved {
                return Ok(());
            }
        }
    }

    /// Sends the answers that are ready; `true` if there was any.
    fn finish_ready(&mut self, cx: &mut Context<'_>) -> Result<bool, Ended> {
        self.outbox.poll_flush(cx)?;
        let mut any = self.deliver()?;
        while let Poll::Ready(Some(done)) = self.overlapping.poll_next_unpin(cx) {
            any = true;
            self.finish(done)?;
        }
        if let Some(mutation) = &mut self.mutation
            && let Poll::Ready(done) = mutation.poll(cx)
        {
            any = true;
            self.mutation = None;
            self.finish(done)?;
        }
        while let Poll::Ready(Some(done)) = self.detached.poll_next_unpin(cx) {
            any = true;
            self.finish(done)?;
        }
        Ok(any)
    }

    /// Whether the next request may be taken from the inbox. A client that does not read its answers
    /// gets no more of them made.
    fn may_start(&self) -> bool {
        self.mutation.is_none()
            && self.waiting.is_none()
            && self.outbox.is_empty()
            && self.overlapping.len() < self.max_overlapping
            && !self.draining
            && self.ended.is_none()
            && !self.standing.is_revoked()
    }

    /// Whether a request may run beside those that do.
    fn may_begin(&self, route: Route) -> bool {
        route.detached
            || self.overlapping.is_empty()
            || match (self.blind, route.blind) {
                (false, false) => route.effect == Effect::Read,
                (true, true) => self.unhanded.load(Ordering::Relaxed) == 0,
                _ => false,
            }
    }

    fn is_busy(&self) -> bool {
        let calls = self.overlapping.len() + self.detached.len();
        calls > 0 || self.mutation.is_some() || !self.outbox.is_empty()
    }

    fn start(&mut self, job: Job) -> Flushed {
        let Job { text, ack, binary } = job;
        let meters = self.app.meters();
        if let Some(wait) = self.pace.as_mut().and_then(Paced::count) {
            let error = limits::refuse(Limit::RequestsPerSecond, wait, meters);
            meters.unknown().count(error.outcome());
            return self.refuse(ack, error);
        }
        let request = if binary {
            let message = "binary attachments are not supported: send base64 text";
            Err(Error::bad_request(message).reason("binary_unsupported"))
        } else {
            Request::parse(text)
        };
        let routed = request.and_then(|request| {
            let route = action::route(&self.app, &request)?;
            Ok((request, route))
        });
        match routed {
            Ok((_, route)) if route.detached && self.detached.len() >= self.max_detached => {
                let error = limits::refuse(Limit::DetachedInFlight, SOON, meters);
                route.meter(meters).count(error.outcome());
                self.refuse(ack, error)
            }
            Ok((request, route)) if self.may_begin(route) => self.begin(request, route, ack),
            Ok((request, route)) => {
                self.waiting = Some((request, route, ack));
                Ok(())
            }
            Err(error) => {
                meters.unknown().count(error.outcome());
                self.refuse(ack, error)
            }
        }
    }

    /// Runs a request until it waits for something.
    fn begin(&mut self, request: Request, route: Route, ack: Option<i64>) -> Flushed {
        let head = matches!(route.target, Target::Service(_)).then(|| Arc::clone(&self.head));
        let asked = Asked {
            app: self.app.clone(),
            caller: self.standing.caller().clone(),
            head,
            request,
            route,
            handover: route.blind.then(|| Handover::new(&self.unhanded)),
            subscriber: Arc::clone(&self.subscriber),
        };
        let answering = answer(asked).map(move |served| Done {
            answer: ack.map(|ack| {
                let reply = served.reply;
                Outgoing::Answer { ack, reply }
            }),
            entered: served.entered,
            joins: served.joins,
            read: served.read,
        });
        let mut running = match SPARE.take() {
            Some(mut spare) => {
                spare.set(answering);
                spare
            }
            None => ReusableBoxFuture::new(answering),
        };
        if let Some(done) = (&mut running).now_or_never() {
            SPARE.set(Some(running));
            return if route.detached {
                self.finish(done)
            } else {
                self.leave(done)
            };
        }
        if route.detached {
            self.detached.push(running);
        } else if route.effect == Effect::Mutation && !route.blind {
            self.mutation = Some(running);
        } else {
            self.blind = route.blind;
            self.overlapping.push_back(running);
        }
        Ok(())
    }

    /// An answer that is ready, but must not overtake those of the reads before it.
    fn leave(&mut self, done: Done) -> Flushed {
        if self.overlapping.is_empty() {
            return self.finish(done);
        }
        self.overlapping
            .push_back(ReusableBoxFuture::new(future::ready(done)));
        Ok(())
    }

    fn finish(&mut self, done: Done) -> Flushed {
        if let Some(entered) = done.entered
            && !self.standing.is_revoked()
        {
            let Entered { caller, place } = *entered;
            self.subscriber.change(caller.clone());
            self.standing.change(caller);
            if let Some(place) = place {
                self.seat.change(place);
            }
            self.changed = true;
        }
        // What a call has changed its client is told before the answer.
        self.deliver_all()?;
        if let Some(answer) = done.answer {
            self.outbox.push(answer)?;
        }
        self.follow(done.read, done.joins)
    }

    fn refuse(&mut self, ack: Option<i64>, error: Error) -> Flushed {
        let reply = Reply::failed(&error.report());
        self.leave(Done {
            answer: ack.map(|ack| Outgoing::Answer { ack, reply }),
            ..Done::default()
        })
    }

    /// Answers every request that has not begun, in its turn.
    fn refuse_waiting(&mut self, cx: &mut Context<'_>) -> Flushed {
        // Behind what runs: answers leave in the order of the requests.
        let mutation = self.mutation.take();
        self.overlapping.extend(mutation);
        if let Some((_, _, ack)) = self.waiting.take() {
            self.refuse(ack, Closing::error())?;
        }
        while let Poll::Ready(Some(job)) = self.jobs.poll_next(cx) {
            self.refuse(job.ack, Closing::error())?;
        }
        Ok(())
    }
}
