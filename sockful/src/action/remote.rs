//! Runs a remote method.

use super::call::{Call, Meta, MethodCall, Outcome, Output};
use super::record::{load, stage};
use super::step::Allowed;
use super::{Args, authority, stamp, validate};
use crate::error::{Error, Result};
use crate::resource::Invocation;

/// Loads the record of the method, runs it, and stages the record if the method changed it.
pub(super) async fn run(call: &Call<'_, Allowed>, method: &MethodCall<'_>) -> Result<Outcome> {
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
        // The method had the record to itself; what it did to it by other ways would be lost.
        let elsewhere = call.staged()?.find(call.schema(), found.id());
        if elsewhere != found.staged() {
            let message = "a method has changed its own record through its context as well";
            return Err(Error::internal(message));
        }
        let row = found.keeping_revision(call.schema(), row);
        let row = stamp::changed(call, &found.row, row);
        validate::left(call, &found.row, &row)?;
        if call.schema().actions[*action].check_after {
            authority::after(call, &row)?;
        }
        stage(call, found, Some(&row))?;
    }
    Ok(Outcome {
        output: Output::Text(result.0),
        meta,
    })
}
