//! What the policy of a resource makes of a call: which records it finds, and what it may do with them.

use std::borrow::Cow;
use std::future::{Ready, ready};

use futures_util::future::{BoxFuture, Either};

use super::call::{Act, Call};
use super::step::Allowed;
use super::{Effect, record};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::policy::{Rules, Verb};
use crate::query::{Filter, FindParent, Parents, Query};
use crate::resource::{Access, ErasedResource};
use crate::row::Row;

/// What a policy says: at once, or once the parents that it follows have been read.
type Verdict<'b, T> = Either<Ready<Result<T>>, BoxFuture<'b, Result<T>>>;

/// Lets a call go on with the record it has found, as that is before the call changes anything.
///
/// # Errors
/// NotFound, as for a record that is not there, if the caller may not read it; Forbidden, if the caller may, but may not do
/// this. Those of reading the parents that a rule follows.
pub(super) fn before<'b>(call: Allowed<'b, '_>, row: &'b Row) -> Verdict<'b, ()> {
    let Some(rules) = rules(call.call()) else {
        return Either::Left(ready(Ok(())));
    };
    let read = rules.of(Verb::Read);
    let verb = verb(&call).filter(|verb| *verb != Verb::Read);
    let rule = verb.map_or(read, |verb| rules.of(verb));
    judge(call, [read, rule], row, move |parent| {
        if !read.matches(row, parent) {
            return Err(Error::not_found_record(call.schema().name));
        }
        match verb {
            Some(verb) if !rule.matches(row, parent) => Err(refusal(&call, verb)),
            _ => Ok(()),
        }
    })
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
/// Forbidden; those of reading the parents that a rule follows.
pub(super) fn after<'b>(call: Allowed<'b, '_>, row: &'b Row) -> Verdict<'b, ()> {
    let (Some(rules), Some(verb)) = (rules(call.call()), verb(&call)) else {
        return Either::Left(ready(Ok(())));
    };
    let rule = rules.of(verb);
    judge(call, [rule], row, move |parent| {
        let allowed = rule.matches(row, parent);
        allowed.then_some(()).ok_or_else(|| refusal(&call, verb))
    })
}

/// Whether there may be records that the caller must not know of.
pub(super) fn decides(call: &Call<'_>) -> bool {
    rules(call).is_some()
}

/// Whether a call answers with a record that it has written: not, if the caller may not read it. Rust code has made the
/// record, and gets it.
///
/// # Errors
/// Those of reading the parents that a rule follows.
pub(super) fn shows<'b>(call: Allowed<'b, '_>, row: &'b Row) -> Verdict<'b, bool> {
    match rules(call.call()) {
        Some(rules) if !call.is_from_rust() => meets(call, rules.of(Verb::Read), row),
        _ => Either::Left(ready(Ok(true))),
    }
}

/// Whether the caller of a call may read a record of another resource.
///
/// # Errors
/// Those of reading the parents that a rule follows.
pub(super) fn may_read<'b>(
    call: Allowed<'b, '_>,
    resource: &dyn ErasedResource,
    row: &'b Row,
) -> Verdict<'b, bool> {
    match read_rule_of(&call.call().cx, resource) {
        Ok(rule) => meets(call, rule, row),
        Err(may) => Either::Left(ready(Ok(may))),
    }
}

/// Which records of a resource may be read in this context.
pub(crate) fn read_rule(cx: &Cx, resource: &dyn ErasedResource) -> Filter {
    match read_rule_of(cx, resource) {
        Ok(rule) => rule.clone(),
        Err(true) => Filter::all(),
        Err(false) => Filter::none(),
    }
}

/// The same: what the policy says, or all, or none.
fn read_rule_of<'c>(cx: &'c Cx, resource: &dyn ErasedResource) -> Result<&'c Filter, bool> {
    match (resource.schema().access, cx.caller()) {
        (_, Caller::System) | (Access::Public, _) => Err(true),
        (Access::Authenticated, caller) => Err(caller.user().is_some()),
        (Access::Policy, _) => {
            let rules = cx.rules(resource.place());
            Ok(rules.unwrap_or(Rules::NOTHING).of(Verb::Read))
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

/// Whether a record is as a rule says.
fn meets<'b>(call: Allowed<'b, '_>, rule: &'b Filter, row: &'b Row) -> Verdict<'b, bool> {
    judge(call, [rule], row, move |parent| {
        Ok(rule.matches(row, parent))
    })
}

/// Judges a record by these rules. Parents that they follow are read first, as the call's own transaction left them or as they
/// are stored; apart from that nobody waits.
fn judge<'b, T: Send, const N: usize>(
    call: Allowed<'b, '_>,
    rules: [&'b Filter; N],
    row: &'b Row,
    decide: impl FnOnce(&FindParent<'_>) -> Result<T> + Send + 'b,
) -> Verdict<'b, T> {
    if !rules.iter().any(|rule| rule.asks_about_parents()) {
        return Either::Left(ready(decide(&|_, _| None)));
    }
    Either::Right(Box::pin(async move {
        let mut parents = Parents::default();
        for rule in rules {
            while let Some((resource, ids)) = parents.missing(rule, [row]) {
                let of = call.app.registry().named(resource)?;
                let rows = record::others(call, of, &ids).await?;
                parents.learn(resource, ids, rows);
            }
        }
        decide(&|resource, id| parents.find(resource, id))
    }))
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
        Act::Get(_) | Act::All(_) | Act::Count(_) | Act::Watch { .. } => Verb::Read,
        Act::Create(_) => Verb::Create,
        Act::Change { .. } => Verb::Update,
        Act::Destroy(_) => Verb::Destroy,
        // Of a changeset each part decides by itself.
        Act::Changeset | Act::Unwatch(_) => return None,
        Act::Remote(method) => {
            method.id.as_ref()?;
            match call.effect() {
                Effect::Read => Verb::Read,
                Effect::Mutation => Verb::Update,
            }
        }
    })
}
