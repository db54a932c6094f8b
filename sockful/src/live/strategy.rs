//! What clients are told of without watching it: every record, or those they were answered.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time;

use super::claim::Claim;
use super::question::Question;
use super::subject::Subject;
use super::subscriber::{Join, Standing, Subscriber};
use crate::action::{Call, Meta, Outcome, Output, Since, read_rule};
use crate::app::App;
use crate::cx::Cx;
use crate::error::Result;
use crate::protocol::Notice;
use crate::query::{Filter, Path, Test};
use crate::resource::{ErasedResource, Push};
use crate::row::{Row, Select, Value};

/// Whether an app has any such resource.
pub(super) fn any(app: &App) -> bool {
    let mut resources = app.registry().iter();
    resources.any(|it| matches!(it.schema().push, Push::All | Push::Interest))
}

/// Every record of a resource.
fn all_of(resource: &dyn ErasedResource) -> Question {
    let schema = resource.schema();
    Question {
        schema: Arc::clone(schema),
        resource: resource.place(),
        subject: Subject::All(schema.name),
        filter: Filter::all(),
        select: Select::default(),
        asked: None,
    }
}

/// One record.
fn one_of(resource: &dyn ErasedResource, id: Value) -> Question {
    let schema = resource.schema();
    Question {
        subject: Subject::Record(schema.name, id.clone()),
        filter: Filter::Test(Path::field(schema.id), Test::Equal(id)),
        ..all_of(resource)
    }
}

/// Tells a client that has connected of all resources that are `push = all`, and that it is so, from which position on. Those
/// that it has resumed go on. One that it cannot be told of says so in its place.
///
/// # Errors
/// Why its rights cannot be found out.
async fn join_all(app: &App, subscriber: &Arc<Subscriber>, is_new: bool) -> Result<()> {
    let live = app.live();
    let resources = app.registry().iter();
    let resources: Vec<_> = resources
        .filter(|it| it.schema().push == Push::All)
        .filter(|it| !subscriber.holds(&Subject::All(it.schema().name)))
        .collect();
    // Who is new learns which life of the log it is, to come back with what it was answered.
    if resources.is_empty() && !(is_new && live.joins()) {
        return Ok(());
    }
    let standing = subscriber.standing();
    let mut cx = Cx::new(app.clone(), subscriber.caller());
    cx.learn_user().await?;
    let mut subs = Vec::new();
    let mut joins = Vec::new();
    for resource in resources {
        let name = resource.schema().name;
        match join(&cx, resource, standing).await {
            Ok((join, seal)) => {
                subs.push(json!({ "resource": name, "view": seal, "pos": join.from }));
                joins.push(join);
            }
            Err(error) => subs.push(json!({ "resource": name, "error": error.report() })),
        }
    }
    let told = json!({ "epoch": &*live.epoch(), "subs": subs });
    subscriber.notice(Notice::new("joined", &told));
    joins.into_iter().for_each(|join| subscriber.join(join));
    Ok(())
}

/// The same, and again after a while where its rights cannot be found out, or where it has none now.
pub(crate) async fn keep_joined(app: &App, subscriber: &Arc<Subscriber>, is_new: bool) {
    let mut pause = SOON;
    while let Err(error) = join_all(app, subscriber, is_new).await {
        let reason = error.outcome();
        tracing::debug!(reason, "a client is told of nothing by itself");
        let gone = time::timeout(pause, subscriber.gone());
        if !matches!(app.drain().run_until_cancelled(gone).await, Some(Err(_))) {
            return;
        }
        pause = (pause * 2).min(LATEST);
    }
}

/// How long after it could not be found out what somebody may read that is tried again, at first and at most.
const SOON: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(30);

/// What it takes to be told of every record of a resource, and the view of it, sealed.
async fn join(
    cx: &Cx,
    resource: &dyn ErasedResource,
    standing: Standing,
) -> Result<(Join, String)> {
    let (app, live) = (cx.app(), cx.app().live());
    let question = Arc::new(all_of(resource));
    let view = question.view(read_rule(cx, resource));
    let ticket = live.open(app, view).await?;
    let from = live.now(app).await?;
    let seal = ticket.view().seal(app.opened());
    let join = Join {
        question,
        ticket,
        from,
        replay: None,
        standing,
        claim: None,
    };
    Ok((join, seal))
}

/// The same for one who has had it up to a position: what it has missed since, unless it must read anew.
///
/// # Errors
/// Why it is told to nobody, or cannot be now.
pub(super) async fn resume_all(
    cx: &Cx,
    resource: &dyn ErasedResource,
    since: Option<Since>,
    standing: Standing,
) -> Result<(Join, String)> {
    let (mut join, view) = join(cx, resource, standing).await?;
    if let Some(since) = since
        && let Some(replay) = since.replay(cx.app(), &join.ticket).await
    {
        join.from = since.pos;
        join.replay = Some(replay);
    }
    Ok((join, view))
}

/// Tells a client of the records it was answered from now on, or that it is not told of all of them. `before` is the position before
/// they were read.
pub(crate) async fn follow_answer(call: &Call<'_>, outcome: &mut Outcome, before: u64) {
    let Some(asker) = call.asker.as_ref() else {
        return;
    };
    let (app, subscriber) = (call.app, &asker.subscriber);
    let rule = read_rule(&call.cx, call.resource);
    let mut is_full = false;
    let answered = answered(call, &outcome.output, &outcome.meta, before);
    if let (Output::Row(_), [(_, from)]) = (&outcome.output, &answered[..]) {
        outcome.meta.pos.get_or_insert(*from);
    }
    for (id, from) in answered {
        let subject = Subject::Record(call.schema().name, id.clone());
        if subscriber.holds(&subject) {
            continue;
        }
        let Some(claim) = Claim::of(subscriber, &subject, app.config().max_interest) else {
            is_full = true;
            break;
        };
        let question = Arc::new(one_of(call.resource, id));
        let view = question.view(rule.clone());
        // What was asked is done by now.
        let Ok(ticket) = app.live().open(app, view).await else {
            is_full = true;
            break;
        };
        asker.add(Join {
            question,
            ticket,
            from,
            replay: None,
            standing: asker.standing,
            claim: Some(claim),
        });
    }
    outcome.meta.is_full = is_full;
}

/// The ids of the records that a client is answered, and the position at which it knows each.
fn answered(call: &Call<'_>, output: &Output, meta: &Meta, before: u64) -> Vec<(Value, u64)> {
    let id = |row: &Row| row[call.schema().id].clone();
    let from = meta.pos.unwrap_or(before);
    match output {
        // The record has not changed since its own last change.
        Output::Row(Some(row)) => vec![(id(row), meta.rev.map_or(from, |rev| rev.max(from)))],
        Output::Rows(rows, _) => rows.iter().map(|row| (id(row), from)).collect(),
        Output::Made(rows) => rows.iter().flatten().map(|row| (id(row), from)).collect(),
        Output::Tree { tree, .. } => tree.rows.iter().map(|row| (id(row), from)).collect(),
        _ => Vec::new(),
    }
}
