//! What somebody may know of who was told about records, once that has changed: what has become visible enters, what no longer
//! is leaves.

use std::collections::HashSet;
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::push::{Item, Push};
use super::router::{Event, View};
use super::subscriber::{Held, Reason, Subscriber};
use crate::action::{list, parents_of, read_rule};
use crate::app::App;
use crate::cx::Cx;
use crate::query::{Filter, Path, Query, Test};
use crate::row::Value;

/// How often it is begun anew where records change meanwhile.
const ATTEMPTS: usize = 8;

impl Subscriber {
    /// Notes that what it may read has become uncertain: it is told nothing until that is found out.
    pub(crate) fn doubt(self: &Arc<Self>) {
        if self.begin_doubt()
            && let Some(app) = self.app()
        {
            let (subscriber, of) = (Arc::clone(self), app.clone());
            app.spawn(async move {
                loop {
                    let doubts = subscriber.doubts();
                    subscriber.decide(&of).await;
                    if subscriber.end_doubt(doubts) {
                        return;
                    }
                }
            });
        }
    }

    /// Looks whether it still may know what it is told; `false` if there is nothing to doubt.
    pub(super) fn check(self: &Arc<Self>, app: &App) -> bool {
        let caller = self.caller();
        let is_past =
            |expiry: crate::identity::Expiry| expiry.is_past_by(app.config().expiry_grace);
        if caller.expiry().is_some_and(is_past) {
            self.reset_all(Reason::TokenExpired, app.live().position());
            return true;
        }
        let is_old = app.identity().loader.is_some()
            && caller
                .user()
                .is_some_and(|user| user.known_facts(app).is_none());
        if is_old {
            self.doubt();
        }
        is_old
    }

    async fn decide(self: &Arc<Self>, app: &App) {
        let mut cx = Cx::new(app.clone(), self.caller());
        if let Err(error) = cx.learn_user().await {
            let reason = match error.code() {
                503 => Reason::Unavailable,
                _ => Reason::Policy,
            };
            self.reset_all(reason, app.live().position());
            return;
        }
        for (_, held) in self.all_held() {
            let resource = app.registry().at(held.question.resource);
            let view = held.question.view(read_rule(&cx, resource));
            if view.name() == held.ticket.view().name() {
                // It goes on where it was.
                continue;
            }
            match moved(app, &held, view).await {
                Ok((held, push)) => self.replace(held, push),
                Err(reason) => self.reset(held.ticket.view(), reason, app.live().position()),
            }
        }
    }
}

/// What it takes to go on with another view, and how that differs from the one before.
///
/// # Errors
/// Why one must begin anew.
async fn moved(
    app: &App,
    held: &Held,
    view: Arc<View>,
) -> Result<(Held, Option<Arc<Push>>), Reason> {
    if held.question.hooked {
        return Err(Reason::Policy);
    }
    let (live, schema) = (app.live(), &held.question.schema);
    let opened = live.open(app, view).await;
    let ticket = opened.map_err(|_| Reason::Policy)?;
    let (old, new) = (&held.ticket.view().filter, &ticket.view().filter);
    let differs = Filter::and(old.clone(), !new.clone()).or(Filter::and(new.clone(), !old.clone()));
    // What has changed since it was last told anything, whatever it is by now.
    let mut changed: HashSet<Value, RandomState> = HashSet::default();
    for _ in 0..ATTEMPTS {
        let ids = Test::In(changed.iter().cloned().collect());
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
        live.until(listing.pos).await;
        let before = changed.len();
        let mut is_complete = true;
        for ticket in [&*held.ticket, &ticket] {
            let replay = live.look(ticket, held.last).await;
            let replay = replay.ok_or(Reason::Policy)?;
            is_complete &= replay.pos >= listing.pos;
            let pushes = replay.pushes.iter();
            let pushes = pushes.filter(|push| push.pos <= listing.pos);
            changed.extend(pushes.flat_map(|push| push.items.iter().map(|item| item.id.clone())));
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
            gone.remove(&id);
            let matches = new.matches(&stored.row, &|resource, id| parents.find(resource, id));
            items.push(Item {
                event: if matches { Event::Enter } else { Event::Leave },
                id,
                // Of what is no longer to be seen nothing is told, its revision neither.
                rev: if matches { stored.rev } else { listing.pos },
                row: matches.then_some(stored.row),
                gone: false,
            });
        }
        items.extend(gone.into_iter().map(|id| Item {
            event: Event::Leave,
            id,
            rev: listing.pos,
            row: None,
            gone: true,
        }));
        if items.len() > app.config().max_push {
            return Err(Reason::Policy);
        }
        let told = !items.is_empty();
        let push = told.then(|| Push::new(ticket.view(), listing.pos, held.last, items));
        let held = Held {
            question: Arc::clone(&held.question),
            ticket: Arc::new(ticket),
            last: listing.pos,
        };
        return Ok((held, push));
    }
    Err(Reason::Policy)
}
