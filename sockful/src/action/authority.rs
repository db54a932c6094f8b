//! What the policy of a resource makes of a call: which records it finds, and what it may do with them.

use std::borrow::Cow;

use futures_util::future::BoxFuture;

use super::call::{Act, Call};
use super::step::Allowed;
use super::{Effect, record};
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::policy::{Rules, Verb};
use crate::query::{Filter, Parents, Query};
use crate::resource::{Access, ErasedResource};
use crate::row::Row;

/// Lets a call go on with the record it has found, as that is before the call changes anything.
///
/// # Errors
/// NotFound, as for a record that is not there, if the caller may not read it; Forbidden, if the caller may, but may not do
/// this.
pub(super) async fn before(call: Allowed<'_, '_>, row: &Row) -> Result<()> {
    let Some(rules) = rules(call.call()) else {
        return Ok(());
    };
    if !meets(call, rules.of(Verb::Read), row).await? {
        return Err(Error::not_found_record(call.schema().name));
    }
    match verb(&call) {
        Some(verb) if verb != Verb::Read => allow(call, rules, verb, row).await,
        _ => Ok(()),
    }
}

/// Lets a call go on to the hooks before `create`, unless the caller may create no record at all, whatever hooks make of it.
///
/// # Errors
/// Forbidden.
pub(super) fn before_create(call: Allowed<'_, '_>) -> Result<()> {
    match rules(&call) {
        Some(rules) if rules.of(Verb::Create).is_none() => Err(refusal(&call, Verb::Create)),
        _ => Ok(()),
    }
}

/// Lets a call leave a record like this behind.
///
/// # Errors
/// Forbidden.
pub(super) async fn after(call: Allowed<'_, '_>, row: &Row) -> Result<()> {
    match (rules(call.call()), verb(&call)) {
        (Some(rules), Some(verb)) => allow(call, rules, verb, row).await,
        _ => Ok(()),
    }
}

/// Whether there may be records that the caller must not know of.
pub(super) fn decides(call: &Call<'_>) -> bool {
    rules(call).is_some()
}

/// What a call answers of a record that it has written: nothing, if the caller may not read it. Rust code has made the
/// record, and gets it.
///
/// # Errors
/// Those of reading the parents that a rule follows.
pub(super) async fn shown(call: Allowed<'_, '_>, row: Row) -> Result<Option<Row>> {
    let shown = match rules(call.call()) {
        Some(rules) if !call.is_from_rust() => meets(call, rules.of(Verb::Read), &row).await?,
        _ => true,
    };
    Ok(shown.then_some(row))
}

/// Whether the caller of a call may read a record of another resource.
///
/// # Errors
/// Those of reading the parents that a rule follows.
pub(super) async fn may_read(
    call: Allowed<'_, '_>,
    resource: &dyn ErasedResource,
    row: &Row,
) -> Result<bool> {
    match (resource.schema().access, call.cx.caller()) {
        (_, Caller::System) | (Access::Public, _) => Ok(true),
        (Access::Authenticated, caller) => Ok(caller.user().is_some()),
        (Access::Policy, _) => {
            let rules = call.call().cx.rules(resource.place());
            meets(call, rules.unwrap_or(Rules::NOTHING).of(Verb::Read), row).await
        }
    }
}

/// The part of a query that the caller may know of.
pub(super) fn readable<'a>(call: Allowed<'_, '_>, query: &'a Query) -> Cow<'a, Query> {
    match rules(&call).map(|rules| rules.of(Verb::Read)) {
        None => Cow::Borrowed(query),
        Some(read) if read.is_all() => Cow::Borrowed(query),
        Some(read) => {
            let mut query = query.clone();
            let asked = std::mem::take(&mut query.filter);
            query.filter = Filter::and(read.clone(), asked);
            Cow::Owned(query)
        }
    }
}

async fn allow(call: Allowed<'_, '_>, rules: &Rules, verb: Verb, row: &Row) -> Result<()> {
    if meets(call, rules.of(verb), row).await? {
        return Ok(());
    }
    Err(refusal(&call, verb))
}

/// Whether a record is as a rule says.
async fn meets(call: Allowed<'_, '_>, rule: &Filter, row: &Row) -> Result<bool> {
    if rule.asks_about_parents() {
        return followed(call, rule, row).await;
    }
    Ok(rule.matches(row, &|_, _| None))
}

/// The same of a rule that follows parents, as the call's own transaction left them, or as they are stored. Boxed, so that
/// other calls do not carry the room it needs.
fn followed<'b>(
    call: Allowed<'b, '_>,
    rule: &'b Filter,
    row: &'b Row,
) -> BoxFuture<'b, Result<bool>> {
    Box::pin(async move {
        let mut parents = Parents::default();
        while let Some((resource, ids)) = parents.missing(rule, [row]) {
            let of = call.app.registry().named(resource)?;
            let rows = record::others(call, of, &ids).await?;
            parents.learn(resource, ids, rows);
        }
        Ok(rule.matches(row, &|resource, id| parents.find(resource, id)))
    })
}

fn refusal(call: &Call<'_>, verb: Verb) -> Error {
    let message = format!("you may not {} this {}", verb.name(), call.schema().name);
    Error::forbidden(message).reason("policy")
}

/// What the policy says to the caller; `None` where everything is allowed.
fn rules<'a>(call: &'a Call<'_>) -> Option<&'a Rules> {
    let decides = call.schema().access == Access::Policy;
    if !decides || matches!(call.cx.caller(), Caller::System) {
        return None;
    }
    // No caller comes so far without rules. If one did, nothing would be allowed.
    Some(
        call.cx
            .rules(call.resource.place())
            .unwrap_or(Rules::NOTHING),
    )
}

/// What the call would do with a record; `None` for a method that is of no record.
fn verb(call: &Call<'_>) -> Option<Verb> {
    Some(match &call.act {
        Act::Get(_) | Act::All(_) | Act::Count(_) => Verb::Read,
        Act::Create(_) => Verb::Create,
        Act::Change { .. } => Verb::Update,
        Act::Destroy(_) => Verb::Destroy,
        // Each part decides by itself.
        Act::Changeset => return None,
        Act::Remote(method) => {
            method.id.as_ref()?;
            match call.effect() {
                Effect::Read => Verb::Read,
                Effect::Mutation => Verb::Update,
            }
        }
    })
}
