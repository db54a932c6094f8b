//! What clients are told of without watching it: every record, or those they were answered.

use std::sync::Arc;

use serde_json::json;

use super::claim::Claim;
use super::question::Question;
use super::subject::Subject;
use super::subscriber::{Join, Standing, Subscriber};
use crate::action::{Call, Meta, Outcome, Output, read_rule};
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
/// that it has resumed go on.
///
/// # Errors
/// Why its rights cannot be found out.
pub(crate) async fn join_all(app: &App, subscriber: &Arc<Subscriber>) -> Result<()> {
    let live = app.live();
    if !live.joins() {
        return Ok(());
    }
    let standing = subscriber.standing();
    let caller = subscriber.caller();
    let mut cx = Cx::new(app.clone(), caller);
    cx.learn_user().await?;
    let mut subs = Vec::new();
    let mut joins = Vec::new();
    for resource in app.registry().iter() {
        let schema = resource.schema();
        if schema.push != Push::All || subscriber.holds(&Subject::All(schema.name)) {
            continue;
        }
        let question = Arc::new(all_of(resource));
        let view = question.view(read_rule(&cx, resource));
        let ticket = live.open(app, view).await?;
        let from = live.now(app).await?;
        let seal = ticket.view().seal(app.opened());
        subs.push(json!({ "resource": schema.name, "view": seal, "pos": from }));
        joins.push(Join {
            question,
            ticket,
            from,
            replay: None,
            standing,
            claim: None,
        });
    }
    let told = json!({ "epoch": &*live.epoch(), "subs": subs });
    subscriber.notice(Notice::new("joined", &told));
    joins.into_iter().for_each(|join| subscriber.join(join));
    Ok(())
}

/// What has been missed of all records of a resource behind this position, by one who had this view of it; `None` where one must
/// read anew.
///
/// # Errors
/// Why it is told to nobody, or cannot be now.
pub(super) async fn resume_all(
    cx: &Cx,
    resource: &dyn ErasedResource,
    seal: &str,
    from: u64,
    standing: Standing,
) -> Result<(Join, bool, String)> {
    let (app, live) = (cx.app(), cx.app().live());
    let question = Arc::new(all_of(resource));
    let view = question.view(read_rule(cx, resource));
    let ticket = live.open(app, view).await?;
    let now = ticket.view().seal(app.opened());
    let replay = if now == seal && live.has_reached(app, from).await? {
        live.look(&ticket, from).await
    } else {
        None
    };
    let known = replay.is_some();
    let from = if known { from } else { live.now(app).await? };
    let join = Join {
        question,
        ticket,
        from,
        replay,
        standing,
        claim: None,
    };
    Ok((join, known, now))
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
