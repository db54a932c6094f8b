//! Runs a remote method.

use super::call::{Meta, MethodCall, Outcome, Output};
use super::hooks::{Hooks, Stop};
use super::record::{load, stage};
use super::step::Allowed;
use super::{Aftermath, Args, authority, parents, stamp, validate};
use crate::error::Result;
use crate::hooks::RemoteCall;
use crate::resource::Invocation;

/// Loads the record of the method, runs it, and stages the record if the method changed it.
pub(super) async fn run(
    call: Allowed<'_, '_>,
    method: &MethodCall<'_>,
    aftermath: &mut Aftermath,
) -> Result<Outcome, Stop> {
    let MethodCall {
        action,
        id,
        given,
        wrong,
    } = method;
    let found = match id {
        Some(id) => Some(load(call, id).await?),
        None => None,
    };
    let declared = call.resource.declared(*action);
    let seen = match Hooks::of(call) {
        Some(hooks) => hooks.invoke(method).await?,
        None => None,
    };
    let replaced = seen.as_ref().map(RemoteCall::given);
    let given = replaced.as_ref().unwrap_or(given);
    let args = Args::new(declared, call.schema(), *action, given, wrong);
    let record = found.as_ref().map(|found| &found.row);
    let Invocation { result, row } = call
        .resource
        .invoke(*action, record, &call.cx, args)
        .await?;
    let meta = Meta {
        rev: found.as_ref().and_then(|found| found.rev()),
        ..Meta::default()
    };
    if let (Some(found), Some(row)) = (found, row) {
        found.is_untouched(call)?;
        let row = found.keeping_revision(call.schema(), row);
        let row = stamp::changed(call, &found.row, row, false);
        validate::left(call, &found.row, &row)?;
        parents::check(call, Some(&found.row), &row).await?;
        if call.schema().actions[*action].check_after {
            authority::after(call, &row).await?;
        }
        stage(call, found, Some(&row), false)?;
    }
    if let Some(seen) = seen
        && call.resource.hooks().is_some_and(|it| it.follow_remote())
    {
        aftermath.invoked(call.resource.place(), seen);
    }
    Ok(Outcome {
        output: Output::Text(result.0),
        meta,
    })
}
