//! May this caller call this at all?

use super::super::call::Call;
use super::identify::Identified;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::resource::Access;

/// The mark of a call that may be carried out; made here alone.
pub(crate) struct Allowed(());

/// Lets a call pass, or refuses it.
///
/// # Errors
/// NotAuthenticated, where a caller must have logged in and has not.
#[allow(
    clippy::only_used_in_recursion,
    reason = "a mark: who has it, knows the caller"
)]
pub(crate) fn access(call: Call<'_>, known: Identified) -> Result<Call<'_, Allowed>> {
    match (call.access(), call.cx.caller()) {
        (Access::Policy, _) if call.is_of_no_record() => {
            // Does not compile; denied all the same.
            return Err(Error::internal("nothing says who may call this method"));
        }
        (Access::Public | Access::Policy, _) | (_, Caller::System | Caller::User(..)) => {}
        (Access::Authenticated, Caller::Anonymous(_)) => {
            return Err(Error::not_authenticated("log in first"));
        }
    }
    let Call {
        app,
        cx,
        resource,
        act,
        options,
        parts,
        handover,
        ..
    } = call;
    let parts = parts.into_iter().enumerate();
    let parts = parts.map(|(item, part)| access(part, known).map_err(|error| error.of_item(item)));
    Ok(Call {
        app,
        cx,
        resource,
        act,
        options,
        parts: parts.collect::<Result<_>>()?,
        handover,
        state: Allowed(()),
    })
}
