//! What somebody may know of who was told about records, once that has changed: what has become visible enters, what no longer
//! is leaves.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use foldhash::quality::RandomState;
use futures_util::FutureExt;
use tokio::time;

use super::missed::missed;
use super::push::{Item, Push};
use super::question::Question;
use super::router::{Event, View};
use super::subject::Subject;
use super::subscriber::{Found, Held, Reason, Subscriber};
use super::texts::Texts;
use crate::action::{is_watchable, list, parents_of, read_rule};
use crate::app::App;
use crate::cx::Cx;
use crate::error::Error;
use crate::identity::Expiry;
use crate::query::{Filter, Path, Query, Test};
use crate::resource::ErasedResource;
use crate::row::Value;

/// How often it is begun anew where records change meanwhile.
const ATTEMPTS: usize = 8;

/// So often it is found out again at once where that has changed meanwhile, and then after a while.
const AT_ONCE: usize = 4;
const AGAIN: Duration = Duration::from_millis(100);
/// And no more than so often.
const ROUNDS: usize = 16;

impl Subscriber {
    /// Finds out what it may read by now, and goes on.
    pub(super) fn find_out(self: &Arc<Self>) {
        let Some(app) = self.app() else {
            return;
        };
        let (subscriber, of) = (Arc::clone(self), app.clone());
        app.spawn(async move {
            for round in 0..ROUNDS {
                if round >= AT_ONCE {
                    time::sleep(AGAIN).await;
                }
                let doubts = subscriber.doubts();
                let decided = AssertUnwindSafe(subscriber.decide(&of, doubts));
                if let Err(panic) = decided.catch_unwind().await {
                    let error = Error::panicked(&*panic);
                    tracing::error!(?error, "nobody knows what somebody may be told");
                    break;
                }
                if subscriber.end_doubt(doubts) {
                    return;
                }
            }
            subscriber.abandon(Reason::Unavailable);
        });
    }

    /// Looks whether it still may know what it is told; `false` if there is nothing to doubt.
    pub(super) fn check(self: &Arc<Self>, app: &App) -> bool {
        let caller = self.caller();
        let is_past = |expiry: Expiry| expiry.is_past_by(app.config().expiry_grace);
        let is_old = app.identity().loader.is_some()
            && caller
                .user()
                .is_some_and(|user| user.known_facts(app).is_none());
        let doubtful = is_old || caller.expiry().is_some_and(is_past);
        if doubtful {
            self.doubt();
        }
        doubtful
    }

    async fn decide(self: &Arc<Self>, app: &App, doubts: u64) {
        let mut cx = Cx::new(app.clone(), self.caller());
        if let Some(reason) = self.denied(&mut cx).await {
            self.reset_asked(reason, self.position());
            for held in self.all_held() {
                let view = held.question.nothing();
                if view.name() != held.ticket.view().name() {
                    self.go_on(app, &held, doubts, view, reason).await;
                }
            }
            return;
        }
        for held in self.all_held() {
            let resource = app.registry().at(held.question.resource);
            let question = asked_again(&cx, resource, &held.question).await;
            let Some(question) = question else {
                let nothing = held.question.nothing();
                self.go_on(app, &held, doubts, nothing, Reason::Policy)
                    .await;
                continue;
            };
            let view = question.view(read_rule(&cx, resource));
            if view.name() == held.ticket.view().name() {
                // It goes on where it was.
                continue;
            }
            match moved(app, &held, question, Arc::clone(&view)).await {
                Ok((other, push)) => self.replace(held.found(doubts), other, push),
                Err(reason) => self.go_on(app, &held, doubts, view, reason).await,
            }
        }
    }

    /// Why the caller may know nothing any more, if so.
    async fn denied(&self, cx: &mut Cx) -> Option<Reason> {
        let caller = self.caller();
        let grace = cx.app().config().expiry_grace;
        if caller.user().is_some_and(|user| user.is_revoked()) {
            return Some(Reason::Policy);
        }
        if caller.expiry().is_some_and(|it| it.is_past_by(grace)) {
            return Some(Reason::TokenExpired);
        }
        let learnt = cx.learn_user().await;
        learnt.err().map(|error| match error.code() {
            503 => Reason::Unavailable,
            _ => Reason::Policy,
        })
    }

    /// Ends what it was told about. Of what is told without being asked for it is told on, by its new rights alone.
    async fn go_on(&self, app: &App, held: &Held, doubts: u64, view: Arc<View>, reason: Reason) {
        let live = app.live();
        if let Subject::All(_) = held.question.subject
            && let Ok(ticket) = live.open(app, view).await
            && let Ok(pos) = live.now(app).await
        {
            let anew = Held::new(Arc::clone(&held.question), ticket, pos);
            return self.begin_anew(held.found(doubts), anew, reason);
        }
        self.end(held.found(doubts), reason, self.position());
    }
}

impl Held {
    fn found(&self, doubts: u64) -> Found<'_> {
        Found {
            ticket: &self.ticket,
            doubts,
        }
    }
}

/// The question as the hooks of its resource put it now; `None` if they refuse it, or fail.
async fn asked_again(
    cx: &Cx,
    resource: &dyn ErasedResource,
    question: &Arc<Question>,
) -> Option<Arc<Question>> {
    let Some(query) = &question.asked else {
        return Some(Arc::clone(question));
    };
    let hooked = AssertUnwindSafe(async {
        match resource.hooks().and_then(|it| it.before_all(cx, query)) {
            Some(hook) => hook.await,
            None => Ok((**query).clone()),
        }
    });
    let hooked = time::timeout(cx.app().config().hook_timeout, hooked.catch_unwind());
    let asked = hooked.await.ok()?.ok()?.ok()?;
    is_watchable(&asked).then(|| {
        Arc::new(Question {
            filter: asked.filter,
            ..(**question).clone()
        })
    })
}

/// What it takes to go on with another view, and how that differs from the one before.
///
/// # Errors
/// Why one must begin anew.
async fn moved(
    app: &App,
    held: &Held,
    question: Arc<Question>,
    view: Arc<View>,
) -> Result<(Held, Option<Arc<Push>>), Reason> {
    let (live, schema) = (app.live(), &held.question.schema);
    let opened = live.open(app, view).await;
    let ticket = opened.map_err(|_| Reason::Policy)?;
    let (old, new) = (&held.ticket.view().filter, &ticket.view().filter);
    let differs = Filter::and(old.clone(), !new.clone()).or(Filter::and(new.clone(), !old.clone()));
    // What has changed since it was last told anything, whatever it is by now, and whether it was told of it before that.
    let mut changed: HashMap<Value, bool, RandomState> = HashMap::default();
    for _ in 0..ATTEMPTS {
        let ids = Test::In(changed.keys().cloned().collect());
        let query = Query {
            filter: differs
                .clone()
                .or(Filter::Test(Path::field(schema.id), ids))
                .folded(),
            limit: Some(app.config().max_push + 1),
            ..Query::default()
        };
        let listing = list(app, schema, &query).await;
        let listing = listing.map_err(|_| Reason::Unavailable)?;
        if listing.more {
            return Err(Reason::Policy);
        }
        live.progress.until(listing.pos).await;
        let before = changed.len();
        let mut is_complete = true;
        for (ticket, is_old) in [(&*held.ticket, true), (&ticket, false)] {
            let replay = missed(app, ticket, held.known, held.last).await;
            let replay = replay.map_err(|_| Reason::Policy)?;
            is_complete &= replay.pos >= listing.pos;
            let pushes = replay.pushes.iter();
            let pushes = pushes.filter(|push| push.pos <= listing.pos);
            for item in pushes.flat_map(|push| &push.items) {
                let was_told = is_old && item.event != Event::Enter;
                changed.entry(item.id.clone()).or_insert(was_told);
            }
        }
        if changed.len() > before || !is_complete {
            continue;
        }
        let rows = listing.rows.iter().map(|stored| &stored.row);
        let parents = parents_of(app, new, rows).await;
        let parents = parents.map_err(|_| Reason::Unavailable)?;
        let mut gone = changed;
        let mut items = Vec::with_capacity(listing.rows.len());
        for stored in listing.rows {
            let id = stored.row[schema.id].clone();
            let was_told = gone.remove(&id).unwrap_or(true);
            let matches = new.matches(&stored.row, &|resource, id| parents.find(resource, id));
            if !matches && !was_told {
                // That it ever was is not for it to know.
                continue;
            }
            items.push(Item {
                event: if matches { Event::Enter } else { Event::Leave },
                id,
                // Of what is no longer to be seen nothing is told, its revision neither.
                rev: if matches { stored.rev } else { listing.pos },
                row: matches.then_some(stored.row),
                gone: false,
                texts: Texts::default(),
            });
        }
        let gone = gone.into_iter().filter(|(_, was_told)| *was_told);
        items.extend(gone.map(|(id, _)| Item {
            event: Event::Leave,
            id,
            rev: listing.pos,
            row: None,
            gone: true,
            texts: Texts::default(),
        }));
        if items.len() > app.config().max_push {
            return Err(Reason::Policy);
        }
        let is_one = matches!(held.question.subject, Subject::Record(..));
        if is_one && items.is_empty() {
            return Ok((Held::new(question, ticket, listing.pos), None));
        }
        // Told also where no record enters or leaves: from here on the client has another view.
        let push = Push::new(ticket.view(), listing.pos, held.last, items);
        let push = push.with_seal(ticket.view().seal(app.opened()));
        let held = Held::new(question, ticket, listing.pos);
        return Ok((held, Some(Arc::new(push))));
    }
    Err(Reason::Policy)
}
