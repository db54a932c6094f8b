//! Answers one request, and tells those who run the server of it.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::Counted;
use crate::action::{self, Asker, Effect, Handover, Route, Served, Service, Target};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::{Caller, Head};
use crate::live::{self, Subscriber};
use crate::meters::{Meter, OK};
use crate::protocol::{Reply, Request};
use crate::resource::Push;

/// A request on its way to its answer.
pub(super) struct Asked {
    pub(super) app: App,
    pub(super) caller: Caller,
    /// For what is asked of sockful itself.
    pub(super) head: Option<Arc<Head>>,
    pub(super) request: Request,
    pub(super) route: Route,
    pub(super) handover: Option<Handover>,
    /// The client, who can be told more afterwards.
    pub(super) subscriber: Arc<Subscriber>,
}

/// Answers a request, whatever happens.
pub(super) async fn answer(asked: Asked) -> Served {
    let (app, meter) = (&asked.app, asked.route.meter(asked.app.meters()));
    // The names that the app has, not those that the client has sent.
    let span = tracing::info_span!(
        "call",
        resource = meter.resource(),
        action = meter.action(),
        user = asked.caller.key(),
        outcome = Empty,
        duration_ms = Empty,
    );
    let begun = Instant::now();
    let _counted = Counted::new(&app.gauges().calls);
    let (handover, head) = (asked.handover, asked.head);
    let (caller, request, route) = (&asked.caller, &asked.request, asked.route);
    let subscriber = &asked.subscriber;
    // Pinned where it is: a future that is handed on is copied, with all the room it needs.
    let call = perform(app, caller, head, request, route, handover, subscriber);
    let call = pin!(call);
    let done = AssertUnwindSafe(call).catch_unwind();
    let done = done.instrument(span.clone()).await;
    let mut done = done.unwrap_or_else(|panic| Err(Error::panicked(&*panic)));
    if asked.route.effect == Effect::Mutation && done.is_ok() {
        // What it has changed is told before it is answered, also to one who is only catching up.
        subscriber.settled(live::OWN_PUSH).await;
    }
    let max = app.config().max_answer;
    if let Ok(served) = &done
        && served.reply.len() > max
    {
        done = Err(Error::answer_too_large(max));
    }
    let outcome = done.as_ref().map_or_else(Error::outcome, |_| OK);
    tell(app, asked.route, meter, &span, outcome, begun);
    done.unwrap_or_else(|error| {
        Served::of(span.in_scope(|| Reply::failed(&error.report())).within(max))
    })
}

/// Counts a call that has ended, and tells the log of it.
fn tell(
    app: &App,
    route: Route,
    meter: &Meter,
    span: &Span,
    outcome: &'static str,
    begun: Instant,
) {
    let took = begun.elapsed();
    meter.count(outcome);
    meter.took(took);
    let is_slow = took >= app.config().slow_call && !route.detached;
    if !is_slow && span.is_disabled() {
        return;
    }
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.record("outcome", outcome);
    span.record("duration_ms", duration_ms);
    if is_slow {
        let (resource, action) = (meter.resource(), meter.action());
        tracing::warn!(parent: span, resource, action, outcome, duration_ms, "a slow call");
    }
}

async fn perform(
    app: &App,
    caller: &Caller,
    head: Option<Arc<Head>>,
    request: &Request,
    route: Route,
    handover: Option<Handover>,
    subscriber: &Arc<Subscriber>,
) -> Result<Served> {
    let _counted = match route.target {
        // A login can be renewed though calls run in all the places of its user. Handshakes have limits of their own, where
        // addresses are known.
        Target::Service(Service::Auth) if head.as_ref().is_some_and(|it| it.address.is_some()) => {
            None
        }
        _ => app.limits().call(caller, app.meters())?,
    };
    let place = match route.target {
        Target::Resource(place) => place,
        Target::Service(service) => {
            let head = head.unwrap_or_default();
            // Boxed, so that calls do not carry the room it needs.
            let subscriber = Some(subscriber);
            let served = action::serve(app, caller, &head, subscriber, service, request);
            return Box::pin(served).await;
        }
    };
    let mut call = action::decode(app, caller, request, place)?;
    call.handover = handover;
    let schema = call.schema();
    if !call.wants_to_be_told() {
        let answer = action::dispatch(&mut call).await?;
        return Ok(Served::of(Reply::of(schema, answer)));
    }
    // Boxed, so that calls which tell nothing afterwards do not carry the room it needs.
    Box::pin(async move {
        call.asker = Some(Asker::new(subscriber));
        let follows = schema.push == Push::Interest;
        let before = if follows {
            app.live().now(app).await?
        } else {
            0
        };
        let mut answer = action::dispatch(&mut call).await?;
        if follows {
            live::follow_answer(&call, &mut answer, before).await;
        }
        let joins = call.asker.iter().flat_map(Asker::take).collect();
        let asker = call.asker.as_ref().filter(|_| schema.push == Push::All);
        Ok(Served {
            reply: Reply::of(schema, answer),
            entered: None,
            joins,
            read: asker.map(|asker| live::Read {
                resource: schema.name,
                standing: asker.standing,
            }),
        })
    })
    .await
}
