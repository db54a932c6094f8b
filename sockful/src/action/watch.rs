//! `watch` and `unwatch`: a query whose answer is kept up to date.

use std::borrow::Cow;
use std::sync::Arc;

use super::call::{Meta, Outcome, Output, Several, Since, Unwatch};
use super::hooks::{Hooks, Stop};
use super::step::Allowed;
use super::{authority, listing};
use crate::app::Config;
use crate::error::{Error, Result};
use crate::limits::{self, Limit, SOON};
use crate::live::{Claim, Join, Question, Subject, watch_id};
use crate::query::{Page, Query};
use crate::resource::Push;

/// The records that match now, and from then on every change of which records these are.
///
/// The group is opened before the records are read, and joined at the position of that read: nothing is missing in between,
/// and nothing is told twice.
pub(super) async fn watch(
    call: Allowed<'_, '_>,
    page: &Page,
    since: Option<&Since>,
) -> Result<Outcome, Stop> {
    let (app, schema, config) = (call.app, call.schema(), call.app.config());
    let asker = call.call().asker.as_ref();
    let asker = asker.ok_or_else(|| Error::internal("nobody is there to be told"))?;
    if schema.push == Push::None {
        return Err(Error::not_pushed(schema.name).into());
    }
    let watch = watch_id(schema, &page.query.filter, &page.select);
    let subject = Subject::Watch(Arc::clone(&watch));
    let from_client = !call.is_from_rust();
    let most = if from_client {
        config.max_watches
    } else {
        usize::MAX
    };
    let claim = Claim::of(&asker.subscriber, &subject, most);
    let mut claim = claim.ok_or_else(|| limits::refuse(Limit::Watches, SOON, app.meters()))?;
    let hooks = Hooks::of(call);
    let mut asked = Cow::Borrowed(&page.query);
    if let Some(hooks) = hooks {
        asked = hooks.ask(&page.query).await?;
        check(&asked, schema.name)?;
    }
    let question = Question {
        schema: Arc::clone(schema),
        resource: call.resource.place(),
        subject,
        filter: asked.filter.clone(),
        select: page.select.clone(),
        asked: matches!(asked, Cow::Owned(_)).then(|| Arc::new(page.query.clone())),
    };
    let view = question.view(authority::read_rule(&call.call().cx, call.resource));
    let live = app.live();
    let ticket = live.open(app, view).await?;
    let subject = &ticket.view().subject;
    if from_client && ticket.is_scanned() && !claim.scans(subject, share(config)) {
        return Err(limits::refuse(Limit::WatchScan, SOON, app.meters()).into());
    }
    let replay = match since {
        Some(since) => since.replay(app, &ticket).await,
        None => None,
    };
    let mut several = Several {
        epoch: Some(live.epoch()),
        view: Some(ticket.view().seal(app.opened())),
        resumed: replay.as_ref().map(|replay| replay.pushes.len()),
        ..Several::default()
    };
    let (mut rows, mut pos) = (Vec::new(), 0);
    let from = match (&replay, since) {
        (Some(replay), Some(since)) => {
            pos = replay.pos;
            since.pos
        }
        _ => {
            let mut query = Query {
                filter: ticket.view().filter.clone(),
                ..Query::default()
            };
            if from_client {
                query.limit = Some(config.max_snapshot);
                // A store may count more of a row than is told of it.
                query.bytes = Some(config.max_answer.saturating_mul(8));
            }
            let mut listing = listing::list(app, schema, &query).await?;
            let size = listing.rows.iter().map(|it| page.select.size_of(&it.row));
            if listing.more || (from_client && size.sum::<usize>() > config.max_answer) {
                return Err(too_large(config.max_snapshot).into());
            }
            if let Some(hooks) = hooks {
                hooks.found(&mut listing.rows).await?;
            }
            several.revs = Some(listing.rows.iter().map(|stored| stored.rev).collect());
            rows.extend(listing.rows.into_iter().map(|stored| stored.row));
            pos = pos.max(listing.pos);
            pos
        }
    };
    asker.add(Join {
        question: Arc::new(question),
        ticket,
        from,
        replay,
        standing: asker.standing,
        claim: Some(claim),
    });
    Ok(Outcome {
        output: Output::Watched {
            watch,
            rows,
            select: page.select.clone(),
        },
        meta: Meta {
            pos: Some(pos),
            several: Some(Box::new(several)),
            ..Meta::default()
        },
    })
}

/// Ends a watch, or lets go of a record.
pub(super) fn unwatch(call: Allowed<'_, '_>, what: &Unwatch) -> Result<Outcome, Stop> {
    let asker = call.call().asker.as_ref();
    let asker = asker.ok_or_else(|| Error::internal("nobody is there who is told"))?;
    let subject = match what {
        Unwatch::Watch(id) => Subject::Watch(id.as_str().into()),
        Unwatch::Record(id) => Subject::Record(call.schema().name, id.clone()),
    };
    if !asker.subscriber.leave(&subject) {
        let message = "nothing of this id is watched";
        return Err(Error::not_found(message).reason("unknown_watch").into());
    }
    Ok(Outcome {
        output: Output::Row(None),
        meta: Meta::default(),
    })
}

/// Whether a query is about all that matches: no other answer can be kept up to date.
pub(crate) fn is_watchable(query: &Query) -> bool {
    query.limit.is_none() && query.skip == 0 && query.after.is_none()
}

/// Refuses what a hook has made of a question that nobody could keep up to date.
///
/// # Errors
/// Internal.
fn check(query: &Query, name: &str) -> Result<()> {
    if is_watchable(query) {
        return Ok(());
    }
    Err(Error::internal(format!(
        "a `before_all` limits or skips `{name}`: what is watched is all that matches"
    )))
}

/// How many of the watches that are held against every change one client may have.
fn share(config: &Config) -> usize {
    (config.watch_scan / 8).max(8)
}

fn too_large(most: usize) -> Error {
    let message = format!(
        "more matches than can be watched without a limit: at most {most} records, and no more than one answer holds"
    );
    Error::bad_request(message).reason("snapshot_too_large")
}
