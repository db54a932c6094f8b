//! Answers the requests of one connection, one task each.
//!
//! Consecutive reads overlap; a mutation waits for everything before it, and everything after waits for
//! it. Answers leave in the order of the requests, those of detached methods whenever they are ready.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;

use futures_util::stream::{FuturesOrdered, FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future};
use tokio_util::sync::{CancellationToken, ReusableBoxFuture};
use tracing::Instrument;

use super::Opening;
use super::inbox::{Job, Jobs};
use super::outbox::{Closing, Ended, Flushed, Outbox, Outgoing, Outlet};
use crate::action::{self, Effect, Route};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::protocol::{Reply, Request};

/// So many requests are answered before other tasks of the thread have their turn.
const BURST: usize = 128;

/// A request that is being answered.
type Running = ReusableBoxFuture<'static, Option<Outgoing>>;

/// Works until the connection ends, and ends it where the server must.
pub(super) async fn run(
    opening: Opening,
    jobs: Jobs,
    mut outlet: impl Outlet,
    closed: CancellationToken,
) {
    let _counted = opening.app.gauges().sessions.add(1);
    let drain = opening.drain.clone();
    let (overflown, cut) = (jobs.overflown(), opening.cut.clone());
    let mut worker = Worker::new(opening, jobs);
    let ended = tokio::select! {
        biased;
        () = closed.cancelled() => Ended::Gone,
        () = overflown.cancelled() => Ended::By(Closing::Overloaded),
        () = cut.cancelled() => Ended::By(Closing::Shutdown),
        worked = AssertUnwindSafe(worker.work(&mut outlet, &drain)).catch_unwind() => match worked {
            Ok(Err(ended)) => ended,
            Err(_) => {
                tracing::error!("the worker of a session has panicked");
                Ended::By(Closing::Broken)
            }
        }
    };
    if let Ended::By(reason) = ended {
        outlet.close(reason);
    }
    closed.cancel();
}

struct Worker {
    app: App,
    caller: Caller,
    jobs: Jobs,
    /// Overlapping reads, in the order their answers leave.
    reads: FuturesOrdered<Running>,
    /// The mutation that is running; then nothing else is, but what is detached.
    mutation: Option<Running>,
    /// A mutation that waits for the reads before it.
    waiting: Option<(Request, Route, Option<i64>)>,
    detached: FuturesUnordered<Running>,
    /// Room for the next request: what is answered at once leaves it free for the one after it.
    spare: Running,
    outbox: Outbox,
    max_reads: usize,
    max_detached: usize,
}

impl Worker {
    fn new(opening: Opening, jobs: Jobs) -> Self {
        let config = opening.app.config();
        Self {
            outbox: Outbox::new(config.outbox_bytes, config.write_deadline),
            max_reads: config.calls_in_flight,
            max_detached: config.detached_in_flight,
            app: opening.app,
            caller: opening.caller,
            jobs,
            reads: FuturesOrdered::new(),
            mutation: None,
            waiting: None,
            detached: FuturesUnordered::new(),
            spare: ReusableBoxFuture::new(future::pending()),
        }
    }

    /// Answers requests until the session ends.
    async fn work(
        &mut self,
        outlet: &mut impl Outlet,
        drain: &CancellationToken,
    ) -> Result<Infallible, Ended> {
        loop {
            self.burst(outlet).await?;
            let may_start = self.may_start();
            tokio::select! {
                biased;
                () = drain.cancelled() => return self.drain(outlet).await,
                Some(answer) = self.reads.next() => self.finish(answer, outlet),
                answer = running(&mut self.mutation) => {
                    self.mutation = None;
                    self.finish(answer, outlet)
                }
                Some(answer) = self.detached.next() => self.finish(answer, outlet),
                () = self.outbox.pause(), if !self.outbox.is_empty() => self.outbox.flush(outlet),
                job = self.jobs.next(), if may_start => self.start(job.ok_or(Ended::Gone)?, outlet),
            }?;
        }
    }

    /// Starts what may start at once.
    async fn burst(&mut self, outlet: &mut impl Outlet) -> Flushed {
        if self.reads.is_empty()
            && let Some((request, route, ack)) = self.waiting.take()
        {
            self.begin(request, route, ack, outlet)?;
        }
        for _ in 0..BURST {
            if !self.may_start() {
                return Ok(());
            }
            let Some(job) = self.jobs.try_next() else {
                return Ok(());
            };
            self.start(job, outlet)?;
        }
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Whether the next request may be taken from the inbox. A client that does not read its answers
    /// gets no more of them made.
    fn may_start(&self) -> bool {
        self.mutation.is_none()
            && self.waiting.is_none()
            && self.outbox.is_empty()
            && self.reads.len() < self.max_reads
    }

    fn start(&mut self, job: Job, outlet: &mut impl Outlet) -> Flushed {
        let Job { text, ack, binary } = job;
        let request = if binary {
            let message = "binary attachments are not supported: send base64 text";
            Err(Error::bad_request(message).reason("binary_unsupported"))
        } else {
            Request::parse(text)
        };
        let routed = request.and_then(|request| {
            let route = action::route(&self.app, &request)?;
            if route.detached && self.detached.len() >= self.max_detached {
                let message = "too many detached calls of this connection are running";
                return Err(Error::too_many_requests(message));
            }
            Ok((request, route))
        });
        match routed {
            Ok((request, route)) if route.effect == Effect::Mutation && !route.detached => {
                if self.reads.is_empty() {
                    self.begin(request, route, ack, outlet)
                } else {
                    self.waiting = Some((request, route, ack));
                    Ok(())
                }
            }
            Ok((request, route)) => self.begin(request, route, ack, outlet),
            Err(error) => {
                let reply = Reply::failed(&error.report());
                let answer = ack.map(|ack| Outgoing { ack, reply });
                self.leave(answer, outlet)
            }
        }
    }

    /// Runs a request until it waits for something.
    fn begin(
        &mut self,
        request: Request,
        route: Route,
        ack: Option<i64>,
        outlet: &mut impl Outlet,
    ) -> Flushed {
        let (app, caller) = (self.app.clone(), self.caller.clone());
        self.spare.set(async move {
            let reply = answer(app, caller, request, route).await;
            ack.map(|ack| Outgoing { ack, reply })
        });
        if let Some(answer) = (&mut self.spare).now_or_never() {
            return if route.detached {
                self.finish(answer, outlet)
            } else {
                self.leave(answer, outlet)
            };
        }
        let running = std::mem::replace(&mut self.spare, ReusableBoxFuture::new(future::pending()));
        if route.detached {
            self.detached.push(running);
        } else if route.effect == Effect::Mutation {
            self.mutation = Some(running);
        } else {
            self.reads.push_back(running);
        }
        Ok(())
    }

    /// An answer that is ready, but must not overtake those of the reads before it.
    fn leave(&mut self, answer: Option<Outgoing>, outlet: &mut impl Outlet) -> Flushed {
        if self.reads.is_empty() {
            return self.finish(answer, outlet);
        }
        self.reads
            .push_back(ReusableBoxFuture::new(future::ready(answer)));
        Ok(())
    }

    fn finish(&mut self, answer: Option<Outgoing>, outlet: &mut impl Outlet) -> Flushed {
        answer.map_or(Ok(()), |answer| self.outbox.push(answer, outlet))
    }

    /// Answers what runs, refuses what waits, and ends the connection. The server bounds how long
    /// this may take.
    async fn drain(&mut self, outlet: &mut impl Outlet) -> Result<Infallible, Ended> {
        self.refuse_waiting(outlet)?;
        while self.is_busy() {
            tokio::select! {
                Some(answer) = self.reads.next() => self.finish(answer, outlet),
                answer = running(&mut self.mutation) => {
                    self.mutation = None;
                    self.finish(answer, outlet)
                }
                Some(answer) = self.detached.next() => self.finish(answer, outlet),
                () = self.outbox.pause(), if !self.outbox.is_empty() => self.outbox.flush(outlet),
            }?;
        }
        Err(Ended::By(Closing::Shutdown))
    }

    fn is_busy(&self) -> bool {
        let calls = self.reads.len() + self.detached.len();
        calls > 0 || self.mutation.is_some() || !self.outbox.is_empty()
    }

    /// Answers every request that has not begun, in its turn.
    fn refuse_waiting(&mut self, outlet: &mut impl Outlet) -> Flushed {
        let waiting = self.waiting.take().and_then(|(_, _, ack)| ack);
        let mut acks: Vec<i64> = waiting.into_iter().collect();
        while let Some(job) = self.jobs.try_next() {
            acks.extend(job.ack);
        }
        // Behind what runs: answers leave in the order of the requests.
        let mutation = self.mutation.take();
        self.reads.extend(mutation);
        for ack in acks {
            let reply = Reply::failed(&Closing::error());
            self.leave(Some(Outgoing { ack, reply }), outlet)?;
        }
        Ok(())
    }
}

/// The answer of the running mutation; waits for ever where there is none.
async fn running(mutation: &mut Option<Running>) -> Option<Outgoing> {
    match mutation {
        Some(running) => running.await,
        None => future::pending().await,
    }
}

/// Answers one request, whatever happens.
async fn answer(app: App, caller: Caller, request: Request, route: Route) -> Reply {
    let span = tracing::info_span!(
        "call",
        resource = request.resource(),
        action = request.action(),
        user = caller.user()
    );
    let _counted = app.gauges().calls.add(1);
    let call = AssertUnwindSafe(perform(&app, &caller, &request, route));
    let outcome = call.catch_unwind().instrument(span).await;
    let reply = match outcome.unwrap_or_else(|panic| Err(Error::panicked(&*panic))) {
        Ok(reply) => reply,
        Err(error) => Reply::failed(&error.report()),
    };
    reply.within(app.config().max_answer)
}

async fn perform(app: &App, caller: &Caller, request: &Request, route: Route) -> Result<Reply> {
    let call = action::decode(app, caller, request, route)?;
    let schema = call.schema();
    let answer = action::dispatch(call).await?;
    Ok(Reply::of(schema, &answer))
}
